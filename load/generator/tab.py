"""The Crucible tab in Locust's web UI: nodes, links, faults, queues and figures, live.

Locust's UI has a place for tabs of one's own (``extended_tabs``), whose content it makes of tables
only. So the tab is Locust's, and a small script puts our page into it. The page is served beside
it, at ``/crucible/``, and asks through Locust, so that one address is enough for a browser.
"""

from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request, send_from_directory
from locust.web import WebUI

from load.generator.control import Control, ControlError

STATIC: Final = Path(__file__).parent / "static"
KEY: Final = "crucible"
SCRIPT: Final = '<script src="./crucible/tab.js"></script>'


def install(web_ui: WebUI, control: Control) -> None:
    """Add the tab, its page and its way to Crucible."""
    app = web_ui.app
    assert app is not None
    web_ui.template_args["extended_tabs"] = [{"title": "Crucible", "key": KEY}]
    options = web_ui.environment.parsed_options
    base = (options and options.web_base_path) or ""
    app.register_blueprint(_blueprint(web_ui, control), url_prefix=f"{base}/crucible")

    @app.after_request
    def with_script(response: Response) -> Response:
        if request.path.rstrip("/") == base and response.mimetype == "text/html":
            response.set_data(
                response.get_data(as_text=True).replace("</body>", f"{SCRIPT}</body>")
            )
        return response


def _blueprint(web_ui: WebUI, control: Control) -> Blueprint:
    pages = Blueprint(KEY, __name__)
    guarded = web_ui.auth_required_if_enabled

    @pages.before_request
    def only_from_here() -> tuple[Response, int] | None:
        # Locust allows every origin; a page of somebody else's must not break the system.
        if request.method != "GET" and request.headers.get("Sec-Fetch-Site") != "same-origin":
            return jsonify({"error": "Only Locust's own page may do this.", "hint": ""}), 403
        return None

    @pages.route("/")
    @guarded
    def page() -> Response:
        return send_from_directory(STATIC, "page.html")

    @pages.route("/<path:name>")
    @guarded
    def static(name: str) -> Response:
        return send_from_directory(STATIC, name)

    def ask(method: str, path: str, body: Any = None) -> tuple[Response, int]:
        try:
            return jsonify(control.ask(method, path, body)), 200
        except ControlError as error:
            return jsonify({"error": str(error), "hint": error.hint}), 409

    @pages.route("/api/state")
    @guarded
    def state() -> tuple[Response, int]:
        return ask("GET", "/state")

    @pages.route("/api/faults")
    @guarded
    def offers() -> tuple[Response, int]:
        return ask("GET", "/faults")

    @pages.route("/api/faults", methods=["POST"])
    @guarded
    def inject() -> tuple[Response, int]:
        return ask("POST", "/faults", request.get_json())

    @pages.route("/api/faults/<int:number>", methods=["DELETE"])
    @guarded
    def heal(number: int) -> tuple[Response, int]:
        return ask("DELETE", f"/faults/{number}")

    return pages
