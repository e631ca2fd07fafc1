//! Files that Conductor wrote: the real `sops` read 200 of them, and random ones come back as they were.

use std::path::Path;

use proptest::prelude::*;

use super::{fixture, open};
use crate::model::secret::Secret;
use crate::secrets::formats::{Format, Indent};
use crate::secrets::tree::{Document, Item, Value};
use crate::secrets::{KeySource, Keys, NewValue, Recipe, Unsealed, ValuePath, View};

/// What `tests/sops/written.py` made.
fn made() -> serde_json::Value {
    let path = fixture("").parent().unwrap().join("sops-written.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn keys(text: &str) -> Keys {
    let text = Secret::new(text.into());
    Keys::load(&[KeySource::Text { origin: "fixture".to_owned(), text }]).unwrap()
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// Without the comments, and where what is left is the same data.
fn data(format: Format, text: &[u8]) -> String {
    if format != Format::Yaml {
        return String::from_utf8_lossy(text).into_owned();
    }
    let documents = crate::yaml::parse_bytes(text).unwrap();
    let plain = documents.iter().map(crate::yaml::write);
    let lines: Vec<String> =
        plain.collect::<Vec<_>>().join("---\n").lines().map(str::to_owned).collect();
    lines
        .into_iter()
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn what_sops_read_of_written_files_is_what_conductor_reads() {
    let made = made();
    let cases = made["cases"].as_array().unwrap();
    assert!(cases.len() >= 200, "{} cases", cases.len());
    for (number, case) in cases.iter().enumerate() {
        let text = |name: &str| case[name].as_str().unwrap();
        let keys = keys(made["identities"][text("identity")].as_str().unwrap());
        let format = Format::of_name(Path::new(text("file")));
        let plain = open(&keys, text("file"), text("sealed").as_bytes());
        let plain = plain.unwrap_or_else(|told| panic!("case {number}, {}: {told}", text("file")));
        let answer = text("sops");
        let wanted =
            if format == Format::Binary { unhex(answer) } else { answer.as_bytes().to_vec() };
        if format == Format::Json {
            let json = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).unwrap();
            assert_eq!(json(&plain), json(&wanted), "case {number}");
        } else if format == Format::Binary {
            assert_eq!(plain, wanted, "case {number}");
        } else {
            assert_eq!(data(format, &plain), data(format, &wanted), "case {number}");
        }
    }
}

const IDENTITY: &str = "AGE-SECRET-KEY-1THE2G0FLNFPNUKFQUC9EK8MJYSHWCMHNK630DQ8M0MLMMYJGN0RSJ7Z8E8";
const RECIPIENT: &str = "age1vq3967vgpv5ym2k0exng6mm8n6a0qupj4ln8ly04deq25pv6692savfrz8";

fn seal(unsealed: Unsealed) -> Vec<u8> {
    unsealed.seal(None, Indent::default(), 1_800_000_000).unwrap()
}

fn encrypt(name: &str, plain: &[u8]) -> Vec<u8> {
    let recipe = Recipe::of_recipients(&[RECIPIENT.to_owned()]);
    let format = Format::of_name(Path::new(name));
    seal(Unsealed::of_plain(Path::new(name), plain, format, &recipe).unwrap())
}

#[test]
fn a_file_for_a_post_quantum_recipient_and_another_is_for_both() {
    let case = std::fs::read(fixture("corpus/age-pq/case.json")).unwrap();
    let case: serde_json::Value = serde_json::from_slice(&case).unwrap();
    let hybrid = keys(case["decrypt_env"]["SOPS_AGE_KEY"].as_str().unwrap());
    let recipients = [hybrid.recipients()[0].clone(), RECIPIENT.to_owned()];
    assert!(recipients[0].starts_with("age1pq1"), "{recipients:?}");
    let recipe = Recipe::of_recipients(&recipients);
    let name = Path::new("x.yaml");
    let sealed = seal(Unsealed::of_plain(name, b"a: secret\n", Format::Yaml, &recipe).unwrap());
    for keys in [hybrid, keys(IDENTITY)] {
        assert_eq!(open(&keys, "x.yaml", &sealed).unwrap(), b"a: secret\n");
    }
}

#[test]
fn a_yaml_float_is_written_as_sops_writes_it_and_stays_a_number() {
    let check = |number: f64| {
        let text = Format::Yaml.emit(&[vec![Item::Entry("a".to_owned(), Value::Float(number))]]);
        let back = Format::Yaml.load(&text).unwrap().remove(0);
        let text = said(&text);
        assert!(matches!(back[0], Item::Entry(_, Value::Float(_) | Value::Int(_))), "{text}");
        text.trim_end().trim_start_matches("a: ").to_owned()
    };
    assert_eq!(check(13_446_976_323_073_968_000.0), "1.3446976323073968e+19");
    assert_eq!(check(1e19), "1e+19");
    assert_eq!(check(123_456_789.5), "1.234567895e+08");
    assert_eq!(check(12_345_678.0), "1.2345678e+07");
    assert_eq!(check(100_000.0), "100000");
    assert_eq!(check(-1e6), "-1e+06");
    assert_eq!(check(0.0001), "0.0001");
    assert_eq!(check(0.000_012_5), "1.25e-05");
    assert_eq!(check(1.5e300), "1.5e+300");
    assert_eq!(check(0.0), "0");
    assert_eq!(check(f64::INFINITY), ".inf");
    assert_eq!(check(f64::NEG_INFINITY), "-.inf");
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ -~]{0,20}",
        2 => "(\\PC|[\n\t]){0,20}",
        1 => prop::sample::select(vec!["yes", "0400", "~", "1e3", "|", "- a", "a: b", "#", " x ", "x\n", "\n", "'", "2001-12-14"])
            .prop_map(str::to_owned),
    ]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => text().prop_map(|text| Value::text(&text)),
        1 => any::<i64>().prop_map(Value::Int),
        1 => any::<f64>().prop_filter("a number", |number| !number.is_nan()).prop_map(Value::Float),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[a-z]{1,6}", 1 => text()]
        .prop_filter("not kept", |key| key != "sops" && key != "<<")
}

fn items(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Document> {
    let comment = "[!-~]([ -~]{0,10}[!-~])?";
    prop::collection::vec((key(), value, prop::option::of(comment)), 1..5).prop_map(|entries| {
        let mut items = Document::new();
        let mut seen = std::collections::BTreeSet::new();
        for (key, value, comment) in entries {
            if !seen.insert(key.clone()) {
                continue;
            }
            items.extend(comment.map(|text| Item::Comment(text.into_bytes().into())));
            items.push(Item::Entry(key, value));
        }
        items
    })
}

fn tree() -> impl Strategy<Value = Document> {
    let value = leaf().prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            items(inner.clone()).prop_map(Value::Map),
            prop::collection::vec(inner, 0..4).prop_map(Value::List),
        ]
    });
    items(value)
}

/// The documents as YAML in which every comment stands where a reader puts it.
fn settled(documents: &[Document]) -> Vec<u8> {
    let mut text = Format::Yaml.emit(documents);
    loop {
        // A comment moves out of one list at a time.
        let next = Format::Yaml.emit(&Format::Yaml.load(&text).unwrap());
        if next == text {
            return text;
        }
        text = next;
    }
}

/// A plaintext, to be shown.
fn said(plain: &[u8]) -> String {
    String::from_utf8_lossy(plain).into_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_random_yaml_tree_comes_back(first in tree(), second in prop::option::of(tree())) {
        let documents: Vec<Document> = [Some(first), second].into_iter().flatten().collect();
        let plain = settled(&documents);
        let sealed = encrypt("x.yaml", &plain);
        let back = open(&keys(IDENTITY), "x.yaml", &sealed).unwrap();
        prop_assert_eq!(said(&back), said(&plain), "{}", said(&sealed));
    }

    #[test]
    fn a_random_json_tree_comes_back(tree in tree()) {
        let plain = Format::Json.emit(&[tree]);
        let back = open(&keys(IDENTITY), "x.json", &encrypt("x.json", &plain)).unwrap();
        prop_assert_eq!(said(&back), said(&plain));
    }

    #[test]
    fn random_dotenv_lines_come_back(lines in prop::collection::vec(("[A-Z_]{1,8}", text()), 1..6)) {
        let items: Document =
            lines.into_iter().map(|(key, text)| Item::Entry(key, Value::text(&text))).collect();
        let plain = Format::Dotenv.emit(&[items]);
        let back = open(&keys(IDENTITY), "x.env", &encrypt("x.env", &plain)).unwrap();
        prop_assert_eq!(said(&back), said(&plain));
    }

    #[test]
    fn random_bytes_come_back(plain in prop::collection::vec(any::<u8>(), 0..200)) {
        let sealed = encrypt("x.bin", &plain);
        prop_assert_eq!(open(&keys(IDENTITY), "x.bin", &sealed).unwrap(), plain);
    }

    #[test]
    fn a_change_keeps_the_rest(tree in tree(), value in text()) {
        let plain = settled(&[tree]);
        let sealed = encrypt("x.yaml", &plain);
        let (keys, name) = (keys(IDENTITY), Path::new("x.yaml"));
        let place = ValuePath::parse(r#"["added one"]"#).unwrap();
        let mut unsealed = keys.unseal(name, &sealed, None).unwrap();
        prop_assert!(unsealed.set(&place, NewValue::Text(value.as_bytes())).unwrap());
        let set = seal(unsealed);
        let view = View { extract: Some(place.clone()), ..View::default() };
        let shown = keys.view(name, &set, &view).unwrap();
        prop_assert_eq!(shown.expose(), value.as_bytes());
        let mut unsealed = keys.unseal(name, &set, None).unwrap();
        prop_assert!(unsealed.unset(&place).unwrap());
        let unset = seal(unsealed);
        prop_assert_eq!(said(&open(&keys, "x.yaml", &unset).unwrap()), said(&plain));
        // Nothing is encrypted anew but the MAC, which differs with the time alone.
        prop_assert_eq!(said(&unset), said(&sealed).replace(mac(&sealed), mac(&unset)));
    }
}

fn mac(sealed: &[u8]) -> &str {
    let text = std::str::from_utf8(sealed).unwrap();
    text.lines().rfind(|line| line.trim_start().starts_with("mac: ")).unwrap()
}
