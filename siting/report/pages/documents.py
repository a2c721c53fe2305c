"""Figures of a page as a document of Bokeh."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bokeh.core.property.wrappers import PropertyValueContainer
from bokeh.core.serialization import Serializer
from bokeh.document import Document
from bokeh.model import Model

__all__ = ["figure_document"]


class _Writer(Serializer):  # type: ignore[misc]  # Bokeh has no types here
    """Serializer that asks a model only for what was set, and for defaults that are models.

    The one of Bokeh asks for every other default too and then leaves it out, which takes a fifth
    of the time of a page.
    """

    def _encode(self, obj: Any) -> Any:
        if not isinstance(obj, Model):
            return super()._encode(obj)
        self.add_ref(obj, obj.ref)
        own = obj._unstable_default_values
        attributes = {}
        for name in obj.properties(_with_props=True):
            if (name in obj._property_values or name in own) and obj.lookup(name).serialized:
                value = obj.lookup(name).get_value(obj)
                if not (name in own and isinstance(value, PropertyValueContainer)):
                    attributes[name] = self.encode(value)
        whole = {"type": "object", "name": obj.__qualified_model__, "id": obj.id}
        return whole | ({"attributes": attributes} if attributes else {})


def figure_document(name: str, figures: Sequence[Model]) -> dict[str, Any]:
    """Figures as one document, and into which element of the page each of them goes.

    Parameters
    ----------
    name : str
        Of the document, once in a page.
    figures : sequence of bokeh.model.Model
        Its roots, each with a name.
    """
    slots = {figure.id: f"figure-{figure.name}" for figure in figures}
    items = [{"docid": name, "roots": slots, "root_ids": list(slots)}]
    document = Document().to_json(deferred=False)
    document["roots"] = _Writer(deferred=False).encode(list(figures))
    return {"docs": {name: document}, "items": items}
