"""Who may post what: roles by type, and the resource of the profile."""

import pytest
from strategies import PRICE_SCHEDULE, PRODUCT, profile

from models.record import Json
from models.record_types import REGISTRY
from models.registry import RecordType
from orchestration.authorisation import OPERATOR, Caller, authorise_record, authorise_write
from orchestration.rejections import RejectionError

BUYERS = REGISTRY["user"]
SELLERS = REGISTRY["adminaddress"]


def caller(*roles: str, user_type: str = "admin", **company: str) -> Caller:
    return Caller("erp", user_type, frozenset(roles), **company)


@pytest.mark.parametrize(
    ("who", "resource", "record_type"),
    [
        pytest.param(caller("ProductAdmin"), "seller", PRODUCT, id="seller with the role"),
        pytest.param(caller("FullAccess"), "seller", PRICE_SCHEDULE, id="full access"),
        pytest.param(caller("BuyerUserAdmin"), "seller", BUYERS, id="seller, buyers' records"),
        pytest.param(caller("AdminAddressAdmin"), "seller", SELLERS, id="seller, sellers' records"),
        pytest.param(
            caller("ProductAdmin", user_type="supplier", supplier="s1"), "supplier:S1", PRODUCT, id="supplier, its own"
        ),
        pytest.param(
            caller("BuyerUserAdmin", user_type="buyer", buyer="B1"), "buyer:b1", BUYERS, id="buyer, buyers' records"
        ),
    ],
)
def test_a_caller_with_the_role_posts_for_its_own_resource(who: Caller, resource: str, record_type: RecordType) -> None:
    authorise_write(who, profile(resource=resource), record_type)


@pytest.mark.parametrize(
    ("who", "resource", "record_type", "code"),
    [
        pytest.param(caller(), "seller", PRODUCT, "InsufficientRoles", id="no role"),
        pytest.param(caller("ProductReader"), "seller", PRODUCT, "InsufficientRoles", id="may only read"),
        pytest.param(caller("ProductAdmin"), "seller", PRICE_SCHEDULE, "InsufficientRoles", id="another type's role"),
        pytest.param(caller(OPERATOR), "seller", PRODUCT, "InsufficientRoles", id="operator"),
        pytest.param(caller("FullAccess"), "supplier:S1", PRODUCT, "ResourceMismatch", id="seller for a supplier"),
        pytest.param(
            caller("FullAccess", user_type="supplier", supplier="S2"),
            "supplier:S1",
            PRODUCT,
            "ResourceMismatch",
            id="another supplier",
        ),
        pytest.param(
            caller("FullAccess", user_type="supplier", supplier="S1"),
            "seller",
            PRODUCT,
            "ResourceMismatch",
            id="supplier for the seller",
        ),
        pytest.param(
            caller("FullAccess", user_type="buyer", buyer="S1"),
            "supplier:S1",
            PRODUCT,
            "ResourceMismatch",
            id="buyer for the supplier of its name",
        ),
        pytest.param(
            caller("FullAccess", user_type="supplier"), "supplier:S1", PRODUCT, "ResourceMismatch", id="of no supplier"
        ),
        pytest.param(
            caller("FullAccess", user_type=""), "seller", PRODUCT, "ResourceMismatch", id="a user of no known kind"
        ),
        pytest.param(
            caller("FullAccess", user_type="supplier", supplier="S1"),
            "supplier:S1",
            BUYERS,
            "NotYourResource",
            id="supplier, buyers' records",
        ),
        pytest.param(
            caller("FullAccess", user_type="supplier", supplier="S1"),
            "supplier:S1",
            SELLERS,
            "NotYourResource",
            id="supplier, sellers' records",
        ),
        pytest.param(
            caller("FullAccess", user_type="buyer", buyer="B1"),
            "buyer:B1",
            PRODUCT,
            "NotYourResource",
            id="buyer, products",
        ),
        pytest.param(
            caller("FullAccess", user_type="buyer", buyer="B1"),
            "buyer:B1",
            SELLERS,
            "NotYourResource",
            id="buyer, sellers",
        ),
    ],
)
def test_any_other_caller_is_refused(who: Caller, resource: str, record_type: RecordType, code: str) -> None:
    with pytest.raises(RejectionError) as refused:
        authorise_write(who, profile(resource=resource), record_type)
    assert (refused.value.status, refused.value.code) == (403, code)


def test_a_missing_role_is_named_beside_those_that_are_there() -> None:
    with pytest.raises(RejectionError) as refused:
        authorise_write(caller("SpecAdmin", "ProductReader"), profile(), PRODUCT)
    assert refused.value.to_json() == {
        "ErrorCode": "InsufficientRoles",
        "Message": "Posting a product needs the role ProductAdmin.",
        "Data": {"SufficientRoles": ["ProductAdmin", "FullAccess"], "AssignedRoles": ["ProductReader", "SpecAdmin"]},
    }


@pytest.mark.parametrize(
    ("resource", "record_type", "posted", "allowed"),
    [
        pytest.param("seller", "user", {"BuyerID": "B2"}, True, id="seller, any buyer's"),
        pytest.param("seller", "supplieruser", {"SupplierID": "S2"}, True, id="seller, any supplier's"),
        pytest.param("supplier:S1", "product", {"ID": "P1"}, True, id="supplier, a product"),
        pytest.param("supplier:S1", "supplieraddress", {"SupplierID": "s1"}, True, id="supplier, its own address"),
        pytest.param("supplier:S1", "supplieraddress", {"SupplierID": "S2"}, False, id="supplier, another's address"),
        pytest.param("supplier:S1", "supplier", {"ID": "S1"}, True, id="supplier, itself"),
        pytest.param("supplier:S1", "supplier", {"ID": "S2"}, False, id="supplier, another one"),
        pytest.param("buyer:B1", "user", {"BuyerID": "b1"}, True, id="buyer, its own"),
        pytest.param("buyer:B1", "user", {"BuyerID": "B2"}, False, id="buyer, another's"),
        pytest.param("buyer:B1", "user", {}, False, id="buyer, nobody's"),
        pytest.param("buyer:B1", "user", {"BuyerID": None}, False, id="buyer, null"),
        pytest.param("buyer:B1", "buyer", {"ID": "B2"}, False, id="buyer, another buyer"),
    ],
)
def test_a_client_posts_records_of_its_own_buyer_or_supplier_only(
    *,
    resource: str,
    record_type: str,
    posted: Json,
    allowed: bool,
) -> None:
    if allowed:
        authorise_record(profile(resource=resource), REGISTRY[record_type], posted)
        return
    with pytest.raises(RejectionError) as refused:
        authorise_record(profile(resource=resource), REGISTRY[record_type], posted)
    assert (refused.value.status, refused.value.code) == (403, "NotYourResource")


def test_an_operator_is_told_by_the_custom_role() -> None:
    assert caller(OPERATOR).is_operator
    assert not caller("FullAccess").is_operator
