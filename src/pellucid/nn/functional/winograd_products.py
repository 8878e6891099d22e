"""The products of Winograd's convolution, 36 at a time, on frequencies as the transforms lay them.

A matrix (R, C) of each frequency lies in packs of columns, (36, C / 16, R, 16): BLAS would lay it
out so itself in every call, which for a few tiles takes as long as the product.
"""

from pellucid._compile import kernel
from pellucid.nn.functional._tile import add_pack, add_pack_turned
from pellucid.nn.functional.winograd_transforms import (
    LANES,
    adjoint,
    filters_of,
    inverse,
    transform,
)

__all__ = ["add_by_tiles", "convolve_by_filters", "convolve_by_tiles", "correlate_by_tiles"]

PACKS, TILES = 16, 128  # whose numbers the core's first cache holds


@kernel
def convolve_by_tiles(x, above, left, m, first, last, filters, bias, y, v, products):
    """y's tiles from first to last, as many at a time as there is room for."""
    _, height, width, packs, _ = y.shape
    step = v.shape[2] - 1
    for start in range(first, last, step):
        number = min(step, last - start)
        transform(x, above, left, height, width, m, start, number, v, 0)
        add_by_filters(v, 0, x.shape[3], filters, number, products)
        inverse(products, bias, start, number, m, y, 0, packs)


@kernel
def convolve_by_filters(v, weight, bias, tiles, m, first, last, y, filters, products):
    """The packs of y from first to last, so many of x's channels at a time as there is room for."""
    step = filters.shape[2] - 1
    for start in range(0, len(weight), step):
        stop = min(start + step, len(weight))
        filters_of(weight, start, stop, first, last, filters, 0)
        add_by_filters(v, start // LANES, stop // LANES, filters, tiles, products)
    inverse(products, bias, 0, tiles, m, y, first, last)


@kernel
def correlate_by_tiles(x, y, above, left, m, first, last, v, d, total):
    """The products of x and y, by frequency, added up over tiles from first to last."""
    step = v.shape[2] - 1
    for start in range(first, last, step):
        number = min(step, last - start)
        transform(x, above, left, y.shape[1], y.shape[2], m, start, number, v, 0)
        adjoint(y, start, number, m, d, 0)
        add_by_tiles(d, v, 0, 0, number, total)


@kernel(borrows=True)
def add_by_filters(v, start, stop, filters, number, out):
    """out[f] += v[f] w[f] for v's packs from start to stop; it begins at 0 with the first pack."""
    for f in range(len(out)):
        if start == 0:
            out[f] = 0
        for p in range(start, stop, PACKS):
            packs = slice(p, min(p + PACKS, stop))
            rows = slice((p - start) * LANES, (packs.stop - start) * LANES)
            for o in range(out.shape[1]):
                w = filters[f, o, rows].reshape((-1, LANES, LANES))
                for t in range(0, number, 8):
                    add_pack(v[f, packs, t : t + 8], w, out[f, o, t : t + 8])


@kernel(borrows=True)
def add_by_tiles(d, v, first, start, number, out):
    """out[f] += d[f]ᵀ v[f] over the tiles, of d's channels from ``first``, v's packs from start."""
    lanes = out.shape[3]
    for f in range(len(out)):
        for t in range(0, number, TILES):
            tiles = slice(t, min(t + TILES, number))
            for c in range(out.shape[1]):
                w = v[f, start + c, tiles]
                for r in range(0, out.shape[2] - 1, 8):
                    pack, lane = divmod(first + r, lanes)
                    add_pack_turned(d[f, pack, tiles, lane : lane + 8].T, w, out[f, c, r : r + 8])
