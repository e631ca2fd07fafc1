//! The shapes that many keys share.

use super::shape::{BOOL, INT, Keys, NUMBER, Pairs, Rule, Shape, TEXT, To, Unique};

/// Text only.
pub(super) const WORD: Shape = Shape::Scalar(TEXT, To::Text, Rule::Any);
/// Text or a number, kept as text.
pub(super) const WORD_OR_NUMBER: Shape = Shape::Scalar(TEXT | NUMBER, To::Text, Rule::Any);
/// Text or a whole number, kept as text.
pub(super) const WORD_OR_INT: Shape = Shape::Scalar(TEXT | INT, To::Text, Rule::Any);
/// Text or a boolean, kept as text.
pub(super) const WORD_OR_FLAG: Shape = Shape::Scalar(TEXT | BOOL, To::Text, Rule::Any);
/// A boolean, which may be written as text.
pub(super) const FLAG: Shape = Shape::Scalar(TEXT | BOOL, To::Flag, Rule::Any);
/// A boolean that may not be written as text.
pub(super) const PLAIN_FLAG: Shape = Shape::Scalar(BOOL, To::Flag, Rule::Any);
/// A whole number, which may be written as text.
pub(super) const WHOLE: Shape = Shape::Scalar(TEXT | INT, To::Int, Rule::Any);
/// A whole number that is not negative, which may be written as text.
pub(super) const UNSIGNED: Shape = Shape::Scalar(TEXT | INT, To::Unsigned, Rule::Any);
/// Any number or text that becomes a whole number.
pub(super) const COUNT: Shape = Shape::Scalar(TEXT | NUMBER, To::Int, Rule::Any);
/// A number that may not be written as text.
pub(super) const PLAIN_COUNT: Shape = Shape::Scalar(NUMBER, To::Int, Rule::Any);
/// Any number, which may be written as text.
pub(super) const REAL: Shape = Shape::Scalar(TEXT | NUMBER, To::Float, Rule::Any);
/// A size.
pub(super) const SIZE: Shape = Shape::Scalar(TEXT | NUMBER, To::Bytes, Rule::Any);
/// A size that may not be a fraction.
pub(super) const WHOLE_SIZE: Shape = Shape::Scalar(TEXT | INT, To::Bytes, Rule::Any);
/// A size that must be text.
pub(super) const WORD_SIZE: Shape = Shape::Scalar(TEXT, To::Bytes, Rule::Any);
/// A span of time.
pub(super) const SPAN: Shape = Shape::Scalar(TEXT, To::Duration, Rule::Any);
/// Permission bits.
pub(super) const MODE: Shape = Shape::Scalar(TEXT | NUMBER, To::Mode, Rule::Any);
/// A list of different texts.
pub(super) const WORDS: Shape = Shape::List(&WORD, Unique::Yes);
/// A list of texts.
pub(super) const ANY_WORDS: Shape = Shape::List(&WORD, Unique::No);
/// Labels and the like.
pub(super) const LABELS: Shape = Shape::Pairs(Pairs::Text);
/// Variables.
pub(super) const VARIABLES: Shape = Shape::Pairs(Pairs::Variables);
/// Driver options: any keys, texts or numbers.
pub(super) const OPTIONS: Shape = Shape::Table(&WORD_OR_NUMBER, Keys::Free);
/// One text or a list of different ones.
pub(super) const ONE_OR_MORE: Shape = Shape::OneOrMore(Unique::Yes);

/// One of these words.
pub(super) const fn one_of(words: &'static [&'static str]) -> Shape {
    Shape::Scalar(TEXT, To::Text, Rule::Words(words))
}
