//! What a scalar without quotes means: the rules of Go's YAML library, version 3, which Compose and SOPS use.
//!
//! YAML 1.2 with leftovers of 1.1: `yes` is a string, `0755` and `0o755` are octal, `1_000` is a thousand, `1:30` a string.

use super::error::Kind;
use super::node::Value;
use super::timestamp::Timestamp;

/// The value of a plain scalar without a tag.
pub fn resolve(text: &str) -> Value {
    if let Some(value) = word(text) {
        return value;
    }
    match text.as_bytes().first() {
        Some(b'.') => float(text).map_or_else(|| string(text), Value::Float),
        Some(b'0'..=b'9' | b'+' | b'-') => {
            if Timestamp::parse(text).is_some() {
                return Value::Timestamp(text.to_owned());
            }
            number(&text.replace('_', "")).unwrap_or_else(|| string(text))
        }
        _ => string(text),
    }
}

/// The value of a scalar, plain or not, with one of YAML's own tags, given as `!!int` and so on.
pub(super) fn resolve_tagged(tag: &str, text: &str) -> Result<Value, Kind> {
    let value = match tag {
        "!!bool" | "!!int" | "!!null" | "!!float" | "!!timestamp" => resolve(text),
        "!!binary" => return binary(text),
        _ => return Ok(string(text)),
    };
    match (tag, value) {
        ("!!float", Value::Int(number)) => Ok(Value::Float(to_float(number))),
        ("!!bool", value @ Value::Bool(_))
        | ("!!int", value @ (Value::Int(_) | Value::Uint(_)))
        | ("!!null", value @ Value::Null)
        | ("!!float", value @ Value::Float(_))
        | ("!!timestamp", value @ Value::Timestamp(_)) => Ok(value),
        (tag, _) => Err(Kind::Tag { tag: tag.to_owned() }),
    }
}

#[expect(clippy::cast_precision_loss, reason = "Go converts in the same way")]
fn to_float(number: i64) -> f64 {
    number as f64
}

fn string(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn word(text: &str) -> Option<Value> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Value::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Value::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

/// A number whose underscores are gone already.
fn number(text: &str) -> Option<Value> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    let valid = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match u64::from_str_radix(digits, radix).ok().filter(|_| valid) {
        Some(size) if negative => {
            i64::try_from(-i128::from(size)).ok().map(Value::Int).or_else(|| decimal(text))
        }
        Some(size) => Some(i64::try_from(size).map_or(Value::Uint(size), Value::Int)),
        None => decimal(text),
    }
}

fn decimal(text: &str) -> Option<Value> {
    float(text).map(Value::Float)
}

/// Decimal digits with an optional point and exponent; what is too large for 64 bits is not a number.
fn float(text: &str) -> Option<f64> {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain =
        body.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    let leads = body.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    (plain && leads).then(|| text.parse().ok()).flatten().filter(|value: &f64| value.is_finite())
}

/// Base64, with line breaks, to text; Go keeps bytes that are not text, which no later stage could print.
fn binary(text: &str) -> Result<Value, Kind> {
    use base64::Engine as _;
    let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let refused = || Kind::Tag { tag: "!!binary".to_owned() };
    let bytes =
        base64::engine::general_purpose::STANDARD.decode(packed).map_err(|_error| refused())?;
    String::from_utf8(bytes).map(Value::String).map_err(|_error| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> String {
        match resolve(text) {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => format!("bool {value}"),
            Value::Int(value) => format!("int {value}"),
            Value::Uint(value) => format!("uint {value}"),
            Value::Float(value) => format!("float {value}"),
            Value::Timestamp(value) => format!("time {value}"),
            Value::String(value) => format!("str {value}"),
            Value::Sequence(_) | Value::Mapping(_) => unreachable!("a scalar"),
        }
    }

    #[test]
    fn scalars_mean_what_go_makes_of_them() {
        for (text, wanted) in [
            ("~", "null"),
            ("", "null"),
            ("NULL", "null"),
            ("nUll", "str nUll"),
            ("True", "bool true"),
            ("tRuE", "str tRuE"),
            ("yes", "str yes"),
            ("off", "str off"),
            ("-0", "int 0"),
            ("+1", "int 1"),
            ("017", "int 15"),
            ("-017", "int -15"),
            ("018", "float 18"),
            ("0o17", "int 15"),
            ("0O17", "int 15"),
            ("0x1F_F", "int 511"),
            ("-0x1F", "int -31"),
            ("0x", "str 0x"),
            ("0x_1", "int 1"),
            ("0b101", "int 5"),
            ("0b2", "str 0b2"),
            ("1_000", "int 1000"),
            ("_1", "str _1"),
            ("0x-1", "str 0x-1"),
            ("+-1", "str +-1"),
            ("9223372036854775807", "int 9223372036854775807"),
            ("9223372036854775808", "uint 9223372036854775808"),
            ("-9223372036854775808", "int -9223372036854775808"),
            ("-9223372036854775809", "float -9223372036854776000"),
            ("18446744073709551616", "float 18446744073709552000"),
            ("0x8000000000000000", "uint 9223372036854775808"),
            ("1.", "float 1"),
            (".5", "float 0.5"),
            ("-.5", "float -0.5"),
            (".", "str ."),
            ("..", "str .."),
            ("1e3", "float 1000"),
            ("1e", "str 1e"),
            ("1e400", "str 1e400"),
            ("1e-400", "float 0"),
            ("-0.0", "float -0"),
            ("-.INF", "float -inf"),
            ("inf", "str inf"),
            ("NaN", "str NaN"),
            ("685.230_15e+03", "float 685230.15"),
            ("12:30", "str 12:30"),
            ("1,000", "str 1,000"),
            ("1.2.3", "str 1.2.3"),
            ("2001-12-14", "time 2001-12-14"),
            ("2001-12-14 21:59:43.10 -5", "str 2001-12-14 21:59:43.10 -5"),
            ("<<", "str <<"),
            ("-", "str -"),
        ] {
            assert_eq!(check(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn a_tag_decides_and_must_fit() {
        assert_eq!(resolve_tagged("!!str", "1"), Ok(Value::String("1".to_owned())));
        assert_eq!(resolve_tagged("!!int", "0x10"), Ok(Value::Int(16)));
        assert_eq!(resolve_tagged("!!float", "1"), Ok(Value::Float(1.0)));
        assert_eq!(
            resolve_tagged("!!binary", "aGVs\n bG8="),
            Ok(Value::String("hello".to_owned()))
        );
        assert!(resolve_tagged("!!bool", "yes").is_err());
        assert!(resolve_tagged("!!null", "x").is_err());
    }
}
