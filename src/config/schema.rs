//! Holds the published JSON Schemas to what the code reads.

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde_json::Value;

use super::docker::{DockerCommands, DockerFragment};
use super::fragment::{
    ApiFragment, BasicFragment, EngineFragment, Fragment, JournalFragment, LimitsFragment,
    ListenFragment, ProviderFragment, RateLimitFragment, RegistryFragment, SecretsFragment,
    SourceFragment, TokenFragment, WebhookFragment,
};
use super::notifications::NotificationFragment;
use super::repository::{RepositoryFragment, StackFragment};
use super::settings::{DEFAULT_JOURNAL_AGE, DEFAULT_JOURNAL_SIZE, DEFAULT_POLL, Limits};
use super::span::{Age, Size};

const SETTINGS: &str = include_str!("../../docs/config.schema.json");
const REPOSITORY: &str = include_str!("../../docs/repository.schema.json");

/// The keys that `T` reads, as serde sees them.
fn keys<'de, T: Deserialize<'de>>() -> Vec<&'static str> {
    let mut keys = &[][..];
    assert!(T::deserialize(Keys(&mut keys)).is_err(), "only the keys are asked for");
    keys.to_vec()
}

struct Keys<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Keys<'_> {
    type Error = de::value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        Err(de::Error::custom("enough"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("not a mapping"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The object schema at `pointer` has exactly these keys, each with a sentence, and refuses others.
fn check(schema: &str, pointer: &str, mut keys: Vec<&str>) {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let object = schema.pointer(pointer).unwrap_or_else(|| panic!("nothing at `{pointer}`"));
    assert_eq!(object["additionalProperties"], false, "at `{pointer}`");
    let properties = object["properties"].as_object().unwrap();
    let mut named: Vec<&str> = properties.keys().map(String::as_str).collect();
    keys.sort_unstable();
    named.sort_unstable();
    assert_eq!(named, keys, "at `{pointer}`");
    for (key, entry) in properties {
        let sentence = entry["description"].as_str().unwrap_or_default();
        assert!(sentence.ends_with('.'), "`{key}` at `{pointer}` has no sentence");
        assert!(
            sentence.contains("Default")
                || sentence.contains("Required")
                || entry.get("default").is_some(),
            "`{key}` at `{pointer}` has no default"
        );
    }
}

#[test]
fn every_setting_is_in_the_schema_with_a_sentence_and_a_default() {
    check(SETTINGS, "", keys::<Fragment>());
    check(SETTINGS, "/properties/sources/items", keys::<SourceFragment>());
    check(SETTINGS, "/properties/engines/items", keys::<EngineFragment>());
    check(SETTINGS, "/properties/docker", keys::<DockerFragment>());
    check(SETTINGS, "/properties/docker/properties/commands", keys::<DockerCommands>());
    check(SETTINGS, "/properties/registries/items", keys::<RegistryFragment>());
    check(SETTINGS, "/properties/secrets", keys::<SecretsFragment>());
    check(SETTINGS, "/properties/secrets/properties/providers/items", keys::<ProviderFragment>());
    check(SETTINGS, "/properties/limits", keys::<LimitsFragment>());
    check(SETTINGS, "/properties/journal", keys::<JournalFragment>());
    check(SETTINGS, "/properties/notifications/items", keys::<NotificationFragment>());
    check(SETTINGS, "/properties/listen", keys::<ListenFragment>());
    check(SETTINGS, "/properties/api", keys::<ApiFragment>());
    check(SETTINGS, "/properties/api/properties/tokens/items", keys::<TokenFragment>());
    check(SETTINGS, "/properties/webhooks/items", keys::<WebhookFragment>());
    check(SETTINGS, "/properties/webhooks/items/properties/basic", keys::<BasicFragment>());
    check(SETTINGS, "/properties/rate_limit", keys::<RateLimitFragment>());
    check(REPOSITORY, "", keys::<RepositoryFragment>());
    check(REPOSITORY, "/properties/stacks/additionalProperties", keys::<StackFragment>());
}

#[test]
fn the_defaults_in_the_schema_are_those_of_the_code() {
    let schema: Value = serde_json::from_str(SETTINGS).unwrap();
    let default = |key: &str| schema["properties"]["limits"]["properties"][key]["default"].clone();
    let span = |span: std::time::Duration| Value::String(format!("{}s", span.as_secs()));
    let limits = Limits::default();
    assert_eq!(default("stacks"), limits.stacks);
    assert_eq!(default("pulls"), limits.pulls);
    assert_eq!(default("health_timeout"), span(limits.health_timeout));
    assert_eq!(default("settling"), span(limits.settling));
    assert_eq!(default("drain"), span(limits.drain));
    assert_eq!(default("engine_call"), span(limits.engine_call));
    assert_eq!(default("pull_stall"), span(limits.pull_stall));
    assert_eq!(default("restarts"), limits.restarts);
    assert_eq!(schema["properties"]["poll"]["default"], span(DEFAULT_POLL));
    let journal = &schema["properties"]["journal"]["properties"];
    let age = journal["max_age"]["default"].as_str().and_then(Age::parse);
    assert_eq!(age.map(|age| age.0), Some(DEFAULT_JOURNAL_AGE));
    let size = journal["max_size"]["default"].as_str().and_then(Size::parse);
    assert_eq!(size.map(|size| size.0), Some(DEFAULT_JOURNAL_SIZE));
}
