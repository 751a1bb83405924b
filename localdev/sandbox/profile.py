"""What GET /v1/me says about a caller. A user who is no longer active is shown as such rather than refused."""

from typing import Any

from localdev.sandbox.fields import Models
from localdev.sandbox.shapes import completed
from localdev.sandbox.tokens import Caller


def me(models: Models, caller: Caller, marketplace: str) -> dict[str, Any]:
    """Return the caller as OrderCloud's MeUser: the user, its company, and all the roles assigned to it."""
    user = caller.user
    values = {
        "ID": user["ID"],
        "Username": user["Username"],
        "FirstName": user["Username"],
        "LastName": user["Username"],
        "Email": f"{user['ID']}@sandbox.test",
        "Active": user["Active"],
        "AvailableRoles": list(caller.assigned),
    }
    match caller.user_type:
        case "supplier":
            values["Supplier"] = {"ID": caller.company}
        case "buyer":
            values["Buyer"] = {"ID": caller.company, "DefaultCatalogID": caller.company}
        case _:
            values["Seller"] = {"ID": marketplace}
    model = models["MeUser"]
    return {name: value for name, value in completed(model, values).items() if not model[name].write_only}
