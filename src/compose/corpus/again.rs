//! What was printed, loaded once more.

use crate::compose::testing::again;

use super::cases::cases;

/// Why something printed cannot be loaded again, by Compose neither: what the difference says, and the reason.
const OTHERWISE: &[(&str, &str)] = &[
    ("refers to the undefined model", "`models` of the top level are not printed"),
    ("unknown key `Path`", "block devices are printed with capitals"),
    ("`nil` that it extends", "the path of an empty service stays"),
    ("$$$$", "dollar signs of keys are doubled, but no variables are put in there"),
    ("invalid name `#extensions`", "keys with `x-` are gathered in a name that no network has"),
    ("invalid name `a b`", "no network of a service has such a name"),
];

#[test]
fn what_was_printed_of_the_corpus_loads_to_the_same() {
    let Some(cases) = cases() else { return };
    let mut differing = Vec::new();
    for case in &cases {
        if let Ok(loaded) = case.load()
            && let Some(difference) = again(&loaded)
            && !OTHERWISE.iter().any(|(part, _)| difference.contains(part))
        {
            differing.push(format!("{}: {difference}", case.name));
        }
    }
    assert!(differing.is_empty(), "{}\n{} differ", differing.join("\n"), differing.len());
}
