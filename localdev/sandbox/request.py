"""One HTTP request as the API reads it: whole, and with its path cut into segments before they are decoded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from localdev.sandbox.body import read_json, read_object
from localdev.sandbox.errors import Refusal, bad_request


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `target` is the path as it was sent, still encoded; header names are in lower case."""

    method: str
    target: str
    query: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def path(self) -> str:
        """Return the decoded path."""
        return unquote(self.target)

    @property
    def segments(self) -> list[str]:
        """Return the decoded parts of the path; an encoded slash stays inside its part."""
        return [unquote(part) for part in self.target.strip("/").split("/")]

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Return the query's parameters in their order."""
        return parse_qsl(self.query, keep_blank_values=True)

    @property
    def content_type(self) -> str:
        """Return the media type of the body, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def for_token(self) -> bool:
        """Say whether this asks for a token: it carries secrets then, and so does the answer."""
        return self.segments == ["oauth", "token"]

    @property
    def form(self) -> dict[str, str]:
        """Return the fields of a form in the body."""
        return dict(parse_qsl(self.content.decode("utf-8", "replace"), keep_blank_values=True))

    def json_object(self) -> dict[str, Any]:
        """Return the JSON object in the body; refuse another content type, and what is none."""
        if self.content_type != "application/json":
            message = "Content-Type must be application/json."
            raise bad_request("Request.InvalidContentType", message, {"ContentType": self.content_type})
        return read_object(self.content)

    def loose_content(self) -> Any:
        """Return the body for a reader: JSON if it is sound, else its text, null when there is none."""
        if not self.content:
            return None
        try:
            return read_json(self.content)
        except Refusal:
            return self.content.decode("utf-8", "replace")
