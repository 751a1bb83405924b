"""What the HTTP API refuses, in OrderCloud's shape of an error."""

from models.record import Json


class RejectionsError(Exception):
    """A request is refused for several reasons, which are told all at once."""

    def __init__(self, status: int, errors: "list[RejectionError]") -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.status = status
        self.errors = errors


class RejectionError(Exception):
    """A request, or one item of it, is refused: an HTTP status, and the error that says why and what to do."""

    def __init__(self, status: int, code: str, message: str, **data: object) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.data = data

    def to_json(self) -> Json:
        """Return the error as `{"ErrorCode", "Message", "Data"}`."""
        return {"ErrorCode": self.code, "Message": self.message, "Data": self.data or None}
