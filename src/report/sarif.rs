//! What `lint` found, as SARIF 2.1.0, which code hosts show beside the lines.

use std::path::Path;

use serde_json::{Value, json};

use super::trouble::pretty;
use crate::lint::{Finding, RULES, Report, Rule};

/// The schema that the document follows; it is named, never fetched.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Where the rules are described.
const HOME: &str = "https://github.com/conductor-gitops/conductor";

/// One run with every rule, and a result for each finding.
pub fn lint_sarif(report: &Report, version: &str) -> String {
    let rules: Vec<Value> = RULES.iter().map(rule).collect();
    let results: Vec<Value> = report.findings.iter().map(result).collect();
    pretty(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "conductor",
                "version": version,
                "informationUri": HOME,
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { "ROOT": { "description": { "text": "the root of the repository" } } },
            "results": results,
        }],
    }))
}

fn rule(rule: &Rule) -> Value {
    json!({
        "id": rule.name,
        "shortDescription": { "text": sentence(rule.summary) },
        "help": { "text": sentence(rule.hint) },
        "helpUri": format!("{HOME}/blob/main/docs/lint.md"),
        "defaultConfiguration": { "level": rule.level.as_str() },
    })
}

fn result(finding: &Finding) -> Value {
    let rule = finding.rule.rule();
    let index = RULES.iter().position(|known| known.id == finding.rule);
    let mut region = json!({});
    if finding.place.line > 0 {
        region["startLine"] = finding.place.line.into();
        if finding.place.column > 0 {
            region["startColumn"] = finding.place.column.into();
        }
    }
    let mut location = json!({
        "artifactLocation": { "uri": uri(&finding.place.file), "uriBaseId": "ROOT" },
    });
    if finding.place.line > 0 {
        location["region"] = region;
    }
    let text = format!("{} Hint: {}", sentence(&finding.message), sentence(finding.way_out()));
    json!({
        "ruleId": rule.name,
        "ruleIndex": index,
        "level": rule.level.as_str(),
        "message": { "text": text },
        "locations": [{ "physicalLocation": location }],
    })
}

/// A fragment as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    match letters.next() {
        Some(first) => format!("{}{}{end}", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

/// A path as a relative URI; the repository as a whole is `.`.
fn uri(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.is_empty() {
        return ".".to_owned();
    }
    let mut uri = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{Place, RuleId};

    fn finding(rule: RuleId, file: &str, line: u32) -> Finding {
        Finding {
            place: Place { file: file.into(), line, column: line },
            rule,
            message: "this is wrong".to_owned(),
            stack: None,
            excerpt: String::new(),
            hint: None,
        }
    }

    fn document(findings: Vec<Finding>) -> Value {
        let report = Report { stacks: 1, findings };
        serde_json::from_str(&lint_sarif(&report, "1.2.3")).unwrap()
    }

    fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
        value.pointer(pointer).and_then(Value::as_str).unwrap()
    }

    #[test]
    fn the_document_has_the_shape_that_the_standard_asks_for() {
        let all = RULES.iter().map(|rule| finding(rule.id, "a b/compose.yaml", 3)).collect();
        let document = document(all);
        assert_eq!(text(&document, "/version"), "2.1.0");
        let run = &document["runs"][0];
        assert_eq!(text(run, "/tool/driver/name"), "conductor");
        assert_eq!(text(run, "/tool/driver/version"), "1.2.3");
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for rule in rules {
            for part in ["/id", "/shortDescription/text", "/help/text", "/helpUri"] {
                assert!(!text(rule, part).is_empty(), "{rule}");
            }
            let level = text(rule, "/defaultConfiguration/level");
            assert!(["note", "warning", "error"].contains(&level));
        }
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), rules.len());
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(text(&rules[index], "/id"), text(result, "/ruleId"));
            assert!(["note", "warning", "error"].contains(&text(result, "/level")));
            assert!(text(result, "/message/text").starts_with("This is wrong. Hint: "));
            let place = &result["locations"][0]["physicalLocation"];
            assert_eq!(text(place, "/artifactLocation/uri"), "a%20b/compose.yaml");
            let base = text(place, "/artifactLocation/uriBaseId");
            assert!(run["originalUriBaseIds"].get(base).is_some());
            assert_eq!(place["region"], json!({"startLine": 3, "startColumn": 3}));
        }
    }

    #[test]
    fn a_finding_without_a_line_has_no_region_and_no_finding_is_an_empty_list() {
        let whole = document(vec![finding(RuleId::NoStack, "", 0)]);
        let place = &whole["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(text(place, "/artifactLocation/uri"), ".");
        assert!(place.get("region").is_none());
        assert_eq!(document(Vec::new())["runs"][0]["results"], json!([]));
    }
}
