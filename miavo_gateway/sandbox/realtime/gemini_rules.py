"""The rules of Gemini's Live API: what a setup may hold, and how functions are declared."""

from __future__ import annotations

from typing import Any, Final

__all__ = [
    "INVALID",
    "MODELS",
    "UNKNOWN",
    "Refused",
    "check_setup",
    "json_schema",
    "known",
    "unknown",
]

MODELS: Final = ("gemini-3.1-flash-live-preview", "gemini-3.8-live")
INVALID: Final = 1007
UNKNOWN: Final = 1008
_SETUP_FIELDS: Final = frozenset(
    {"model", "generationConfig", "systemInstruction", "tools", "realtimeInputConfig"}
    | {"sessionResumption", "contextWindowCompression", "inputAudioTranscription"}
    | {"outputAudioTranscription", "proactivity", "historyConfig", "safetySettings", "avatarConfig"}
)
_GENERATION_FIELDS: Final = frozenset(
    {"responseModalities", "speechConfig", "temperature", "topP", "topK", "maxOutputTokens"}
    | {"mediaResolution", "seed", "thinkingConfig", "enableAffectiveDialog", "candidateCount"}
    | {"translationConfig", "presencePenalty", "frequencyPenalty"}
)
_SCHEMA_FIELDS: Final = frozenset(
    {"type", "format", "title", "description", "nullable", "default", "enum", "items", "anyOf"}
    | {"maxItems", "minItems", "properties", "required", "minProperties", "maxProperties"}
    | {"minLength", "maxLength", "pattern", "example", "propertyOrdering", "minimum", "maximum"}
)
_TYPES: Final = frozenset({"STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"})


class Refused(Exception):
    """What closes the socket."""

    def __init__(self, reason: str, code: int = INVALID) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


def check_setup(setup: Any) -> None:
    """Check the first frame of a socket.

    Raises:
        Refused: the model does not take it.
    """
    if not isinstance(setup, dict):
        raise Refused("Invalid value at 'setup'.")
    known(setup, _SETUP_FIELDS, "setup")
    kind, _, model = str(setup.get("model")).partition("/")
    if kind != "models" or model not in MODELS:
        raise Refused(
            f"{setup.get('model')} is not found for API version v1beta, or is not supported "
            "for bidiGenerateContent.",
            UNKNOWN,
        )
    generation = setup.get("generationConfig") or {}
    known(generation, _GENERATION_FIELDS, "setup.generation_config")
    if generation.get("responseModalities", ["AUDIO"]) != ["AUDIO"]:
        raise Refused("Cannot extract voices from a non-audio request.")
    for tool in setup.get("tools") or ():
        known(tool, frozenset({"functionDeclarations", "googleSearch"}), "setup.tools")
        for each in tool.get("functionDeclarations") or ():
            _check_declaration(each)


def unknown(name: str, where: str) -> Refused:
    """The refusal of a field that is not known."""
    return Refused(
        f"Invalid JSON payload received. Unknown name \"{name}\" at '{where}': Cannot find field."
    )


def known(given: Any, fields: frozenset[str], where: str) -> None:
    """Check that an object has no fields but these.

    Raises:
        Refused: it has, or is none.
    """
    if not isinstance(given, dict):
        raise Refused(f"Invalid value at '{where}'.")
    for name in given:
        if name not in fields:
            raise unknown(name, where)


def _check_declaration(declaration: dict[str, Any]) -> None:
    where = "setup.tools[0].function_declarations[0]"
    fields = frozenset({"name", "description", "parameters", "behavior", "response"})
    known(declaration, fields, where)
    if "parameters" in declaration:
        _check_schema(declaration["parameters"], f"{where}.parameters")


def _check_schema(schema: Any, where: str) -> None:
    known(schema, _SCHEMA_FIELDS, where)
    if schema.get("type", "OBJECT") not in _TYPES:
        raise Refused(f"Invalid value at '{where}.type': \"{schema['type']}\"")
    for inner in (schema.get("properties") or {}).values():
        _check_schema(inner, where)
    for inner in schema.get("anyOf") or ():
        _check_schema(inner, where)
    if schema.get("type") == "ARRAY":
        _check_schema(schema.get("items"), f"{where}.items")


def json_schema(schema: Any) -> Any:
    """A schema of Gemini's as one of JSON Schema's, to make arguments by."""
    if isinstance(schema, list):
        return [json_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    said = {}
    for name, value in schema.items():
        if name == "type":
            said[name] = value.lower()
        elif name == "properties":
            said[name] = {each: json_schema(inner) for each, inner in value.items()}
        elif name in ("items", "anyOf"):
            said[name] = json_schema(value)
        elif name not in ("nullable", "propertyOrdering"):
            said[name] = value
    return said
