"""Which extra argument goes to which model: each gets those that it has requested.

That is scikit-learn's metadata routing, ``set_config(enable_metadata_routing=True)``; where it is
off there are no extra arguments.
"""

from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    _raise_for_params,
    _routing_enabled,
    get_routing_for_object,
    process_routing,
)
from sklearn.utils.validation import has_fit_parameter

__all__ = ["routed", "router", "routing_enabled", "takes_weights"]

routing_enabled = _routing_enabled


def router(ensemble, models, **calls):
    """For ``get_metadata_routing``: a method in ``calls`` calls that one of each named model."""
    out = MetadataRouter(owner=ensemble)
    for name, model in models:
        mapping = MethodMapping()
        for caller, callee in calls.items():
            mapping.add(caller=caller, callee=callee)
        out.add(method_mapping=mapping, **{name: model})
    return out


def routed(ensemble, method, params):
    """What of the extra arguments of a method each model has requested: ``[name][its method]``."""
    _raise_for_params(params, ensemble, method)
    return process_routing(ensemble, method, **params)


def takes_weights(model):
    """Whether a model can be fitted with weights, and if routing is on, has requested them."""
    if not routing_enabled():
        return has_fit_parameter(model, "sample_weight")
    return bool(get_routing_for_object(model).consumes("fit", ["sample_weight"]))
