//! The vocabulary in which the schema of Block Kit is written down.

/// What a value has to be.
#[derive(Debug)]
pub(super) enum Rule {
    /// A string of 1 up to this many characters.
    Chars(usize),
    /// A text object of type `plain_text` with 1 up to this many characters.
    PlainText(usize),
    /// A text object of either type with 1 up to this many characters.
    AnyText(usize),
    Bool,
    Number,
    OneOf(&'static [&'static str]),
    /// An object of exactly this shape.
    Object(&'static Shape),
    /// An object of one of these shapes, told apart by `type`.
    Kind(&'static [&'static Shape]),
    /// A list of 1 up to this many.
    List(usize, &'static Rule),
    /// A list that may be empty; who writes it down says what its length may be.
    AnyList,
}

/// One field of an object.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) rule: Rule,
    pub(super) is_required: bool,
}

/// An object: its `type`, where it has one, and all the fields it may have.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) kind: Option<&'static str>,
    pub(super) fields: &'static [Field],
}

impl Shape {
    /// An object that names its `type`.
    pub(super) const fn of_type(kind: &'static str, fields: &'static [Field]) -> Self {
        Self { kind: Some(kind), fields }
    }

    /// An object without a `type`.
    pub(super) const fn plain(fields: &'static [Field]) -> Self {
        Self { kind: None, fields }
    }
}

/// A field that has to be there.
pub(super) const fn must(name: &'static str, rule: Rule) -> Field {
    Field { name, rule, is_required: true }
}

/// A field that may be left out.
pub(super) const fn may(name: &'static str, rule: Rule) -> Field {
    Field { name, rule, is_required: false }
}
