//! Whether an answer is as the description says: types, required members, nothing beside them.

use serde_json::Value;

/// The answer of an operation with this status.
pub(super) fn check(
    description: &Value,
    (path, method, status): (&str, &str, u16),
    answer: &Value,
) {
    let responses = &description["paths"][path][method]["responses"];
    let otherwise = if status < 400 { &Value::Null } else { &responses["default"] };
    let response = responses.get(status.to_string()).unwrap_or(otherwise);
    let schema = &response["content"]["application/json"]["schema"];
    assert!(schema.is_object(), "{method} {path} {status} is not described: {responses}");
    is(description, schema, answer, path);
}

/// A line of an answer that is many of them.
pub(super) fn line(description: &Value, path: &str, line: &Value) {
    let content = &description["paths"][path]["get"]["responses"]["200"]["content"];
    let schema = &content["application/x-ndjson"]["schema"];
    assert!(schema.is_object(), "{path} is not described: {content}");
    is(description, schema, line, path);
}

fn is(description: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = description.pointer(reference.trim_start_matches('#'));
        return is(description, target.unwrap_or_else(|| panic!("{reference}")), value, at);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let nothing = choices.iter().any(|choice| choice["type"] == "null");
        if value.is_null() && nothing {
            return;
        }
        let choice = choices.iter().find(|choice| choice["type"] != "null").unwrap();
        return is(description, choice, value, at);
    }
    if let Some(words) = schema["enum"].as_array() {
        assert!(words.contains(value), "{at}: {value} is none of {words:?}");
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return,
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert!(kinds.contains(&kind), "{at}: {value} is no {kinds:?}");
    for item in value.as_array().into_iter().flatten() {
        is(description, &schema["items"], item, at);
    }
    let Some(properties) = schema["properties"].as_object() else { return };
    for required in schema["required"].as_array().into_iter().flatten() {
        let name = required.as_str().unwrap();
        assert!(value.get(name).is_some(), "{at}: `{name}` is missing in {value}");
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        let described = properties.get(name).or(schema.get("additionalProperties"));
        let described = described.unwrap_or_else(|| panic!("{at}: `{name}` is not described"));
        is(description, described, member, &format!("{at}/{name}"));
    }
}
