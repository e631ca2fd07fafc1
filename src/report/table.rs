//! Columns, aligned by what a terminal shows.

use super::line::{Line, Span, Style};

/// Blanks between two columns.
const GAP: usize = 2;

/// Rows under a heading.
#[derive(Debug, Clone)]
pub struct Table {
    heading: Vec<Span>,
    rows: Vec<Vec<Span>>,
}

impl Table {
    /// A table with these headings and no rows yet.
    pub fn new(heading: &[&str]) -> Self {
        Self {
            heading: heading.iter().map(|text| Span::new(Style::Strong, text)).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row with a part per column.
    pub fn row(&mut self, cells: Vec<Span>) {
        self.rows.push(cells);
    }

    /// The heading, where there is one, and the rows.
    pub fn lines(&self) -> Vec<Line> {
        let all = || std::iter::once(&self.heading).chain(&self.rows).filter(|row| !row.is_empty());
        let columns = all().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                all().filter_map(|row| row.get(column)).map(Span::width).max().unwrap_or(0)
            })
            .collect();
        all().map(|row| line(row, &widths)).collect()
    }
}

/// One row; nothing is padded behind its last text.
fn line(row: &[Span], widths: &[usize]) -> Line {
    let last = row.iter().rposition(|cell| !cell.text().is_empty()).unwrap_or(0);
    let mut line = Line::default();
    for (column, cell) in row.iter().enumerate().take(last + 1) {
        line.push(cell.clone());
        if column < last {
            line.push(Span::plain(" ".repeat(widths[column] - cell.width() + GAP)));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_a_terminal_shows_them() {
        let mut table = Table::new(&["NAME", "STATE", "NOTE"]);
        table.row(vec![Span::plain("写真"), Span::new(Style::Good, "up"), Span::plain("x")]);
        table.row(vec![Span::plain("a"), Span::plain("running"), Span::plain("")]);
        let text: Vec<String> = table.lines().iter().map(Line::text).collect();
        insta::assert_snapshot!(text.join("\n"), @r"
        NAME  STATE    NOTE
        写真  up       x
        a     running
        ");
    }
}
