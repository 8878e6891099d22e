"""Headless Chromium by plain HTTP: the few words of W3C WebDriver that a page's test needs."""

import base64
import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.request

CHROMIUM, CHROMEDRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@contextlib.contextmanager
def chromium(profile):
    """A ``Browser`` whose profile is the new folder ``profile``; it is gone after the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    driver = subprocess.Popen(
        [CHROMEDRIVER, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        browser = Browser(f"http://127.0.0.1:{port}", profile)
        try:
            yield browser
        finally:
            browser.close()
    finally:
        driver.terminate()
        driver.wait()


class Browser:
    """One window."""

    def __init__(self, server, profile):
        self.url = server
        self._wait_for_driver()
        options = {"binary": CHROMIUM, "args": [*FLAGS, f"--user-data-dir={profile}"]}
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        session = self._post("/session", capabilities={"alwaysMatch": wanted})
        self.url = f"{server}/session/{session['sessionId']}"

    def show(self, address, width, height, scheme):
        """Load the page in a window of that size, ``scheme`` being light or dark."""
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.devtools(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        self._post("/url", url=address)

    def run(self, script):
        """What the JavaScript ``return``s."""
        return self._post("/execute/sync", script=script, args=[])

    def log(self, kind):
        """The entries of the ``browser`` or ``performance`` log since they were last asked for."""
        return self._post("/se/log", type=kind)

    def requested(self):
        """The addresses the page has asked for."""
        events = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        sent = (e["params"] for e in events if e["method"] == "Network.requestWillBeSent")
        return [params["request"]["url"] for params in sent]

    def photograph(self, path):
        """The whole page, as far down as it goes."""
        shot = self.devtools("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def devtools(self, command, **params):
        """One command of the DevTools protocol."""
        return self._post("/goog/cdp/execute", cmd=command, params=params)

    def close(self):
        """Close the window and end the browser."""
        urllib.request.urlopen(
            urllib.request.Request(self.url, method="DELETE"), timeout=60
        ).close()

    def _post(self, path, **body):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def _wait_for_driver(self):
        for _ in range(200):
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(self.url + "/status") as answer,
            ):
                if json.load(answer)["value"]["ready"]:
                    return
            time.sleep(0.1)
        raise TimeoutError("chromedriver does not answer")
