"""A product's variants, which OrderCloud makes from the options of its specs, and the specs that a product has."""

from localdev.sandbox.engine import Call, Engine
from localdev.sandbox.errors import Answer, bad_request, invalid
from localdev.sandbox.fields import Field, Kind
from localdev.sandbox.listing import Listable, page_of
from localdev.sandbox.resources import PRODUCTS, VARIANTS, Doc
from localdev.sandbox.shapes import completed
from localdev.sandbox.validation import checked
from localdev.sandbox.variant_specs import Choices, choices_of, combinations, identity, number_of

GENERATION = "/products/{productID}/variants/generate"
SPECS = "/products/{productID}/specs"
MAX_VARIANTS = 1500
MAX_ID = 100
# VariantOverrides is newer than the API description.
OVERRIDES = {"Active": Field("Active", Kind.FLAG, default=True)}


def generate(engine: Engine, call: Call) -> Answer:
    """POST: add a variant for each combination of options that has none, or make all of them anew."""
    product = engine.current(PRODUCTS, call)
    product_id = product["ID"]
    values, problems = checked(engine.description.models, OVERRIDES, call.body, partial=False)
    if problems:
        raise invalid(problems)
    if _anew(call):
        for variant in list(engine.store.all(VARIANTS.name, product_id)):
            engine.store.delete(VARIANTS.name, product_id, variant["ID"])
            engine.store.delete_below(VARIANTS.name, product_id, variant["ID"])
    choices = [one for one in choices_of(engine.store, product_id) if one.spec["DefinesVariant"]]
    for specs in _missing(engine, product_id, choices):
        fields = {"ID": _free_id(engine, product_id, specs), "Specs": specs, **completed(OVERRIDES, values)}
        variant = completed(engine.description.models[VARIANTS.model], fields)
        engine.store.put(VARIANTS.name, product_id, variant)
    return Answer(201, engine.shown(PRODUCTS, "", product))


def specs_of(engine: Engine, call: Call) -> Answer:
    """GET: the specs that are assigned to a product, each with its options."""
    product_id = engine.current(PRODUCTS, call, writable=False)["ID"]
    models, operation = engine.description.models, engine.description.operations[SPECS]["GET"]
    options = models["SpecOption"]
    docs = [
        completed(models["Spec"], one.spec)
        | {"OptionCount": len(one.options), "Options": [completed(options, option) for option in one.options]}
        for one in choices_of(engine.store, product_id)
    ]
    rules = Listable(models, models["Spec"], operation.searchable, operation.sortable)
    return Answer(200, page_of(docs, call.query, rules))


def _anew(call: Call) -> bool:
    given = next((text for name, text in call.query if name.lower() == "overwriteexisting"), "") or "false"
    if given.lower() not in {"true", "false"}:
        message = "overwriteExisting must be true or false."
        raise bad_request("ValidationFailure", message, {"Field": "overwriteExisting"})
    return given.lower() == "true"


def _missing(engine: Engine, product_id: str, choices: list[Choices]) -> list[list[Doc]]:
    there = {identity(variant["Specs"]) for variant in engine.store.all(VARIANTS.name, product_id)}
    if number_of(choices) <= MAX_VARIANTS:
        missing = [specs for specs in combinations(choices) if identity(specs) not in there]
        if len(there) + len(missing) <= MAX_VARIANTS:
            return missing
    message = f"A product can have {MAX_VARIANTS} variants at most."
    raise bad_request("Variant.ExceededLimit", message, {"Limit": MAX_VARIANTS})


def _free_id(engine: Engine, product_id: str, specs: list[Doc]) -> str:
    made = "-".join([product_id, *(entry["OptionID"] for entry in specs)])
    taken = engine.store.get(VARIANTS.name, product_id, made) is not None
    return engine.new_id() if taken or len(made) > MAX_ID else made
