//! JSON in which nothing is said twice.
//!
//! Of two equal names in an object one reader takes the first and another the last (RFC 8259, section 4). What people
//! are to decide on must not depend on the reader, so such a text is no JSON to us, however deep the names stand.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Reads one JSON text and nothing after it. Deeper than 128 levels is an error, too.
pub(crate) fn strict(text: &[u8]) -> Result<Value, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Strict.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            if object.insert(name, fields.next_value_seed(Strict)?).is_some() {
                return Err(A::Error::custom("a field stands there twice"));
            }
        }
        Ok(Value::Object(object))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any JSON that is not deep.
    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::hash_map(".*", inner, 0..8)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn a_name_may_stand_in_two_objects_and_not_twice_in_one() {
        assert!(strict(br#"[{"id":1},{"id":2},{"team":{"id":1},"id":2}]"#).is_ok());
        for twice in [r#"{"id":1,"id":1}"#, r#"[{"a":{"id":1,"b":2,"id":null}}]"#, r#"{"id":1,"\u0069d":2}"#]
        {
            assert!(strict(twice.as_bytes()).is_err(), "{twice}");
        }
    }

    #[test]
    fn what_is_no_json_or_more_than_one_is_an_error() {
        let deep = format!("{}{}", "[".repeat(129), "]".repeat(129));

        for text in ["", "{}{}", "{} x", "{", "nul", "NaN", "1e999", "\u{feff}{}", &deep] {
            assert!(strict(text.as_bytes()).is_err(), "{text}");
        }
        assert!(strict(b"\"\xff\"").is_err());
    }

    proptest! {
        #[test]
        fn whatever_was_written_is_read_back(value in json()) {
            prop_assert_eq!(strict(value.to_string().as_bytes()).unwrap(), value);
        }

        #[test]
        fn it_takes_nothing_that_the_usual_reader_refuses(text: Vec<u8>) {
            if let Ok(value) = strict(&text) {
                prop_assert_eq!(serde_json::from_slice::<Value>(&text).unwrap(), value);
            }
        }
    }
}
