"""Bodies of each record type, as tables: the least that is valid, and what is refused with exactly which errors.

What holds for every type alike (missing keys, bad identifiers, unknown fields) is tested from the registry instead.
"""

from models.record import Json

type Error = tuple[str, str, str]
"""Code, field and message."""

FLAG = "Input should be a valid boolean."
LIST = "Input should be a valid list."
NUMBER = "Input should be a valid number."
TEXT = "Input should be a valid string."
WHOLE = "Input should be a valid integer."
MARKUPS = "Input should be one of NoMarkup, AmountPerQuantity, AmountTotal, Percentage."
ACCESSORIALS = (
    "Input should be one of DestinationInsideDelivery, DestinationLiftGate, LimitedAccessDelivery, ResidentialDelivery."
)
NO_TIME = "Input should be a date and time as in 2026-01-31T08:00:00Z."
NO_COUNTRY = "Input should be a country code of two letters."


def wrong(field: str, message: str) -> list[Error]:
    return [("InvalidType", field, message)]


def invalid(field: str, message: str) -> list[Error]:
    return [("InvalidValue", field, message)]


def too_long(field: str, most: int) -> list[Error]:
    return [("TooLong", field, f"String should have at most {most} characters.")]


def too_short(field: str) -> list[Error]:
    return [("TooShort", field, "String should have at least 1 character.")]


def too_small(field: str, least: int) -> list[Error]:
    return [("OutOfRange", field, f"Input should be greater than or equal to {least}.")]


def repeated(count: int) -> list[Json]:
    return [{"SpecID": f"S{number}", "OptionID": "O"} for number in range(count)]


_OF_BUYER = {"BuyerID": "B1", "ID": "X1"}
_OF_SUPPLIER = {"SupplierID": "V1", "ID": "X1"}

MINIMAL: dict[str, Json] = {
    "product": {"ID": "P1"},
    "productfacet": {"ID": "F1"},
    "priceschedule": {"ID": "PS1"},
    "productassignment": {"ProductID": "P1", "BuyerID": "B1"},
    "spec": {"ID": "S1"},
    "specoption": {"SpecID": "S1", "ID": "O1"},
    "specproductassignment": {"SpecID": "S1", "ProductID": "P1"},
    "catalog": {"ID": "C1"},
    "catalogproductassignment": {"CatalogID": "C1", "ProductID": "P1"},
    "category": {"CatalogID": "C1", "ID": "K1"},
    "categoryproductassignment": {"CatalogID": "C1", "CategoryID": "K1", "ProductID": "P1"},
    "inventoryrecord": {"ProductID": "P1", "ID": "I1"},
    "variant": {"ProductID": "P1", "ID": "V1"},
    "buyer": {"ID": "B1"},
    "user": _OF_BUYER,
    "usergroup": _OF_BUYER,
    "usergroupassignment": {"BuyerID": "B1", "UserGroupID": "G1", "UserID": "U1"},
    "address": _OF_BUYER,
    "addressassignment": {"BuyerID": "B1", "AddressID": "A1", "IsBilling": True},
    "costcenter": _OF_BUYER,
    "catalogassignment": {"CatalogID": "C1", "BuyerID": "B1"},
    "adminaddress": {"ID": "A1"},
    "supplier": {"ID": "V1"},
    "supplieraddress": _OF_SUPPLIER,
    "supplieruser": _OF_SUPPLIER,
}

_NAMED: dict[str, tuple[Json, list[Error]]] = {
    "a name that is too long": ({"Name": "x" * 101}, too_long("Name", 100)),
    "an empty name": ({"Name": ""}, too_short("Name")),
    "no name": ({"Name": None}, wrong("Name", TEXT)),
}
_DESCRIBED = {**_NAMED, "a description that is too long": ({"Description": "x" * 2001}, too_long("Description", 2000))}
_ADDRESS: dict[str, tuple[Json, list[Error]]] = {
    "a street that is too long": ({"Street1": "x" * 101}, too_long("Street1", 100)),
    "an empty city": ({"City": ""}, too_short("City")),
    "a zip code that is a number": ({"Zip": 12345}, wrong("Zip", TEXT)),
    "a country by its name": ({"Country": "Germany"}, invalid("Country", NO_COUNTRY)),
    "a country of digits": ({"Country": "49"}, invalid("Country", NO_COUNTRY)),
    "no country": ({"Country": None}, wrong("Country", TEXT)),
}
_USER: dict[str, tuple[Json, list[Error]]] = {
    "a user name that is too long": ({"Username": "x" * 101}, too_long("Username", 100)),
    "an e-mail that is too long": ({"Email": "x" * 201}, too_long("Email", 200)),
    "an empty e-mail": ({"Email": ""}, too_short("Email")),
    "an empty password": ({"Password": ""}, too_short("Password")),
    "a password that is a number": ({"Password": 123456}, wrong("Password", TEXT)),
    "no first name": ({"FirstName": None}, wrong("FirstName", TEXT)),
    "a phone that is too long": ({"Phone": "1" * 101}, too_long("Phone", 100)),
    "terms accepted some time": ({"TermsAccepted": "yes"}, invalid("TermsAccepted", NO_TIME)),
    "a flag by its name": ({"Active": "true"}, wrong("Active", FLAG)),
    "recipients that are one": ({"xp": {"AddtlRcpts": "a@b.c"}}, wrong("xp.AddtlRcpts", LIST)),
}

REFUSED: dict[str, dict[str, tuple[Json, list[Error]]]] = {
    "product": {
        **_DESCRIBED,
        "a parent that has one": (
            {"IsParent": True, "ParentID": "P0"},
            [("ExclusiveFields", "ParentID", "A product with IsParent has no parent of its own.")],
        ),
        "a tax that takes too many words": (
            {"xp": {"Tax": {"Category": "P", "Code": "1", "Description": "x" * 201}}},
            too_long("xp.Tax.Description", 200),
        ),
        "its own parent": ({"ParentID": "p1"}, invalid("ParentID", "A product is not its own parent.")),
    },
    "productfacet": {
        **_NAMED,
        "a path that is too long": ({"XpPath": "x" * 201}, too_long("XpPath", 200)),
        "a negative count": ({"MinCount": -1}, too_small("MinCount", 0)),
        "options that are one": ({"xp": {"Options": "red"}}, wrong("xp.Options", LIST)),
        "a parent that is a number": ({"xp": {"ParentID": 5}}, wrong("xp.ParentID", TEXT)),
    },
    "priceschedule": {
        **_NAMED,
        "a greatest quantity below the smallest": (
            {"MinQuantity": 5, "MaxQuantity": 4},
            [("OutOfRange", "MaxQuantity", "MaxQuantity is less than MinQuantity.")],
        ),
        "two breaks at one quantity": (
            {"PriceBreaks": [{"Quantity": 1, "Price": 2}, {"Quantity": 1, "Price": 3}]},
            [("DuplicateKey", "PriceBreaks[1].Quantity", "Another element has the Quantity 1 already.")],
        ),
    },
    "productassignment": {
        "an xp": ({"xp": {}}, [("UnknownField", "xp", "'xp' is not a field of this type.")]),
        "a seller": ({"SellerID": "V1"}, [("UnknownField", "SellerID", "'SellerID' is not a field of this type.")]),
    },
    "spec": {
        "an empty name": ({"Name": ""}, too_short("Name")),
        "a default that is too long": ({"DefaultValue": "x" * 2001}, too_long("DefaultValue", 2000)),
        "a place that is half": ({"ListOrder": 1.5}, wrong("ListOrder", WHOLE)),
        "no flag": ({"Required": None}, wrong("Required", FLAG)),
        "variants of what nobody has to choose": (
            {"DefinesVariant": True, "Required": False},
            invalid("Required", "A spec that defines variants is required."),
        ),
        "variants of what anybody may write": (
            {"DefinesVariant": True, "Required": True, "AllowOpenText": True},
            [("ExclusiveFields", "AllowOpenText", "A spec that defines variants allows no open text.")],
        ),
        "both": (
            {"DefinesVariant": True, "Required": False, "AllowOpenText": True},
            [
                ("InvalidValue", "Required", "A spec that defines variants is required."),
                ("ExclusiveFields", "AllowOpenText", "A spec that defines variants allows no open text."),
            ],
        ),
    },
    "specoption": {
        "an empty value": ({"Value": ""}, too_short("Value")),
        "a value that is too long": ({"Value": "x" * 2001}, too_long("Value", 2000)),
        "a markup of no kind": ({"PriceMarkupType": "Discount"}, invalid("PriceMarkupType", MARKUPS)),
        "a markup beyond the kinds": ({"PriceMarkupType": 4}, invalid("PriceMarkupType", MARKUPS)),
        "a markup that is a text": ({"PriceMarkup": "5"}, wrong("PriceMarkup", NUMBER)),
        "a spec that is a number": ({"xp": {"SpecID": 5}}, wrong("xp.SpecID", TEXT)),
    },
    "specproductassignment": {
        "a default that is too long": ({"DefaultValue": "x" * 2001}, too_long("DefaultValue", 2000)),
        "an option that is a number": ({"DefaultOptionID": 5}, wrong("DefaultOptionID", TEXT)),
    },
    "catalog": {**_DESCRIBED, "a flag that is a number": ({"Active": 1}, wrong("Active", FLAG))},
    "catalogproductassignment": {"a product that is a number": ({"ProductID": 5}, wrong("ProductID", TEXT))},
    "category": {
        **_DESCRIBED,
        "a place before the first": ({"ListOrder": -1}, too_small("ListOrder", 0)),
        "its own parent": ({"ParentID": "k1"}, invalid("ParentID", "A category is not its own parent.")),
    },
    "categoryproductassignment": {"a place that is a text": ({"ListOrder": "1"}, wrong("ListOrder", WHOLE))},
    "inventoryrecord": {
        "half a piece": ({"QuantityAvailable": 1.5}, wrong("QuantityAvailable", WHOLE)),
        "no quantity": ({"QuantityAvailable": None}, wrong("QuantityAvailable", WHOLE)),
        "no address": ({"AddressID": None}, wrong("AddressID", TEXT)),
        "a flag by its name": ({"AllowAllBuyers": "yes"}, wrong("AllowAllBuyers", FLAG)),
    },
    "variant": {
        "half a combination": (
            {"Specs": [{"SpecID": "S1"}]},
            [("Required", "Specs[0].OptionID", "OptionID is required.")],
        ),
        "a spec twice": (
            {"Specs": [{"SpecID": "S1", "OptionID": "O1"}, {"SpecID": "S1", "OptionID": "O2"}]},
            [("DuplicateKey", "Specs[1].SpecID", "Another element has the SpecID 'S1' already.")],
        ),
        "a combination of nothing": (
            {"Specs": []},
            [("TooShort", "Specs", "List should have at least 1 item after validation, not 0.")],
        ),
        "a combination of too much": (
            {"Specs": repeated(21)},
            [("TooLong", "Specs", "List should have at most 20 items after validation, not 21.")],
        ),
        "no combination": ({"Specs": None}, wrong("Specs", LIST)),
        "an unknown field of a combination": (
            {"Specs": [{"SpecID": "S1", "OptionID": "O1", "Colour": "red"}]},
            [("UnknownField", "Specs[0].Colour", "'Colour' is not a field here.")],
        ),
        "a name that is too long": ({"Name": "x" * 101}, too_long("Name", 100)),
        "a weight that is a text": ({"ShipWeight": "1"}, wrong("ShipWeight", NUMBER)),
        "half a piece": ({"Inventory": {"QuantityAvailable": 0.5}}, wrong("Inventory.QuantityAvailable", WHOLE)),
        "values that are one": ({"xp": {"SpecValues": {}}}, wrong("xp.SpecValues", LIST)),
    },
    "buyer": {
        **_NAMED,
        "a flag that is nothing": ({"Active": None}, wrong("Active", FLAG)),
        "a markup that is a text": ({"xp": {"MarkupPercent": "5"}}, wrong("xp.MarkupPercent", WHOLE)),
    },
    "user": _USER,
    "usergroup": {**_DESCRIBED, "a kind that is a number": ({"xp": {"Type": 5}}, wrong("xp.Type", TEXT))},
    "usergroupassignment": {"a user that is a number": ({"UserID": 5}, wrong("UserID", TEXT))},
    "address": {
        **_ADDRESS,
        "an accessorial that is none": (
            {"xp": {"Accessorials": [3, "Hazmat"]}},
            invalid("xp.Accessorials[1]", ACCESSORIALS),
        ),
        "a place on no map": ({"xp": {"Coordinates": {"Latitude": "N"}}}, wrong("xp.Coordinates.Latitude", NUMBER)),
        "an opening some time": ({"xp": {"OpeningDate": "soon"}}, invalid("xp.OpeningDate", NO_TIME)),
    },
    "addressassignment": {
        "for a user and a group": (
            {"UserID": "U1", "UserGroupID": "G1"},
            [("ExclusiveFields", "UserGroupID", "UserID and UserGroupID exclude each other.")],
        ),
        "for neither purpose": (
            {"IsBilling": False},
            [("Required", "IsShipping", "IsShipping or IsBilling must be true.")],
        ),
        "for neither purpose, said of both": (
            {"IsBilling": False, "IsShipping": False},
            [("Required", "IsShipping", "IsShipping or IsBilling must be true.")],
        ),
        "a purpose that is nothing": ({"IsShipping": None}, wrong("IsShipping", FLAG)),
    },
    "costcenter": {
        **_DESCRIBED,
        "an xp that is a list": ({"xp": []}, wrong("xp", "Input should be a valid dictionary.")),
    },
    "catalogassignment": {"a flag by its name": ({"ViewAllProducts": "yes"}, wrong("ViewAllProducts", FLAG))},
    "adminaddress": _ADDRESS,
    "supplier": {**_NAMED, "a flag that is a number": ({"AllBuyersCanOrder": 0}, wrong("AllBuyersCanOrder", FLAG))},
    "supplieraddress": _ADDRESS,
    "supplieruser": _USER,
}
"""By record type: what is posted beside the least, and the errors that it meets."""

ACCEPTED: list[tuple[str, str, Json]] = [
    ("product", "a parent", {"IsParent": True}),
    ("product", "a child", {"IsParent": False, "ParentID": "P0"}),
    ("priceschedule", "one quantity only", {"MinQuantity": 5, "MaxQuantity": 5}),
    ("priceschedule", "no greatest quantity", {"MinQuantity": 5, "MaxQuantity": None}),
    ("productassignment", "for a group", {"UserGroupID": "G1", "PriceScheduleID": "PS1"}),
    ("productassignment", "at the default price", {"UserGroupID": None, "PriceScheduleID": None}),
    ("buyer", "in no group", {"GroupID": None, "DefaultCatalogID": None}),
    ("spec", "variants, and no word of the rest", {"DefinesVariant": True}),
    ("spec", "variants of what has to be chosen", {"DefinesVariant": True, "Required": True, "AllowOpenText": False}),
    ("spec", "open text", {"DefinesVariant": False, "Required": False, "AllowOpenText": True}),
    ("spec", "a long name", {"Name": "x" * 101}),
    ("variant", "the greatest combination", {"Specs": repeated(20)}),
    ("variant", "a markup as a text", {"xp": {"SpecValues": [{"SpecName": "Size", "PriceMarkup": "1.50"}]}}),
    ("variant", "a markup as a number", {"xp": {"SpecValues": [{"SpecName": "Size", "PriceMarkup": 1.5}]}}),
    ("user", "wishes for mail", {"xp": {"OrderEmails": True, "RequestInfoEmails": "a@b.c", "AddtlRcpts": []}}),
    ("user", "terms accepted now", {"TermsAccepted": "0001-01-01T00:00:00Z"}),
    ("user", "terms never accepted", {"TermsAccepted": None}),
    ("address", "a country in small letters", {"Country": "de", "State": None, "Zip": None}),
    ("addressassignment", "for a user", {"UserID": "U1", "UserGroupID": None}),
    ("addressassignment", "for a group", {"UserGroupID": "G1"}),
    ("addressassignment", "to ship to", {"IsShipping": True, "IsBilling": False}),
]
"""What comes close to a rule and breaks none: record type, case, and what is posted beside the least."""
