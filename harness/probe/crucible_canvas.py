"""Builds and applies a canvas that is described in JSON.

``{"task", "args", "kwargs", "options"}`` is a signature; ``{"chain": [...]}``, ``{"group": [...]}``
and ``{"chord": [[header...], body]}`` hold further ones. The id given is the last task's: of a
chain its end, of a chord its body. A group has no last task; the id is the group's.
"""

from typing import Any

from celery import chain, chord, group


def build(app: Any, plan: Any) -> Any:
    """The canvas, not yet applied."""
    if "chain" in plan:
        return chain(*(build(app, each) for each in plan["chain"]), app=app)
    if "group" in plan:
        return group([build(app, each) for each in plan["group"]], app=app)
    if "chord" in plan:
        header, body = plan["chord"]
        return chord([build(app, each) for each in header], build(app, body), app=app)
    return app.signature(
        plan["task"],
        args=plan.get("args", ()),
        kwargs=plan.get("kwargs", {}),
        **plan.get("options", {}),
    )


def apply(app: Any, plan: Any, id_: str, producer: Any) -> None:
    """Publish it."""
    build(app, plan).apply_async(task_id=id_, producer=producer)
