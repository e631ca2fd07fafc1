//! Which lines of a text differ from those of another.

/// The most pairs of lines that are compared; beyond that a change is one piece.
const MOST_PAIRS: usize = 4_000_000;

/// A line of two texts laid side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side<'t> {
    /// It stands in both.
    Both(&'t str),
    /// It stands in the old text only.
    Old(&'t str),
    /// It stands in the new text only.
    New(&'t str),
}

/// The lines of two texts side by side, old ones before new ones where they differ.
pub fn beside<'t>(old: &'t str, new: &'t str) -> Vec<Side<'t>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = old.iter().zip(&new).take_while(|(left, right)| left == right).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev());
    let tail = tail.take_while(|(left, right)| left == right).count();
    let (old_core, old_tail) = old_rest.split_at(old_rest.len() - tail);
    let (new_core, _) = new_rest.split_at(new_rest.len() - tail);
    let mut all: Vec<Side> = old[..head].iter().map(|line| Side::Both(line)).collect();
    core(old_core, new_core, &mut all);
    all.extend(old_tail.iter().map(|line| Side::Both(line)));
    all
}

/// How many lines changed: a piece of two old and three new lines counts three.
pub fn changed(old: &str, new: &str) -> usize {
    let (mut count, mut piece) = (0, (0, 0));
    for side in beside(old, new) {
        match side {
            Side::Both(_) => {
                count += piece.0.max(piece.1);
                piece = (0, 0);
            }
            Side::Old(_) => piece.0 += 1,
            Side::New(_) => piece.1 += 1,
        }
    }
    count + piece.0.max(piece.1)
}

/// The longest common lines of what differs in the middle.
fn core<'t>(old: &[&'t str], new: &[&'t str], all: &mut Vec<Side<'t>>) {
    if old.len().saturating_mul(new.len()) > MOST_PAIRS || old.is_empty() || new.is_empty() {
        all.extend(old.iter().map(|line| Side::Old(line)));
        all.extend(new.iter().map(|line| Side::New(line)));
        return;
    }
    let width = new.len() + 1;
    let mut longest = vec![0_u32; (old.len() + 1) * width];
    let at = |row: usize, column: usize| row * width + column;
    for row in (0..old.len()).rev() {
        for column in (0..new.len()).rev() {
            longest[at(row, column)] = if old[row] == new[column] {
                longest[at(row + 1, column + 1)] + 1
            } else {
                longest[at(row + 1, column)].max(longest[at(row, column + 1)])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    while row < old.len() && column < new.len() {
        if old[row] == new[column] {
            all.push(Side::Both(old[row]));
            (row, column) = (row + 1, column + 1);
        } else if longest[at(row + 1, column)] >= longest[at(row, column + 1)] {
            all.push(Side::Old(old[row]));
            row += 1;
        } else {
            all.push(Side::New(new[column]));
            column += 1;
        }
    }
    all.extend(old[row..].iter().map(|line| Side::Old(line)));
    all.extend(new[column..].iter().map(|line| Side::New(line)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_lines_are_counted_once() {
        assert_eq!(changed("a\nb\nc\n", "a\nb\nc\n"), 0);
        assert_eq!(changed("a\nb\nc\n", "a\nB\nc\n"), 1);
        assert_eq!(changed("a\nb\nc\n", "A\nb\nC\nd\n"), 3);
        assert_eq!(changed("", "a\nb\n"), 2);
        assert_eq!(changed("a\nb\nc\n", "b\nc\n"), 1);
        assert_eq!(changed("x\na\nb\n", "a\ny\nb\n"), 2);
    }

    #[test]
    fn old_lines_stand_before_new_ones() {
        let sides = beside("a\nb\nc", "a\nx\nc");
        assert_eq!(sides, [Side::Both("a"), Side::Old("b"), Side::New("x"), Side::Both("c")]);
    }

    #[test]
    fn texts_too_long_to_compare_differ_as_a_whole() {
        let long = |word: &str| format!("{word}\n").repeat(3_000);
        assert_eq!(changed(&long("a"), &long("b")), 3_000);
    }
}
