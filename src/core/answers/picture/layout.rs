//! The layout of a layered picture: the positions of its boxes and lines.
//!
//! The method is Sugiyama's: rows by level (`levels`), bends where a line passes a row, fewer crossings by
//! barycentres (`layout/order.rs`), straight lines by regression (`layout/place.rs`).
//!
//! Long lines from one box, or to one box, share their bends, so that a fan of a hundred lines is one trunk. Such
//! lines stay unambiguous: from a box they lead to its children and to nothing else.

mod order;
mod place;

use super::levels::Levels;
use std::collections::BTreeMap;

/// The height of a box.
pub const BOX_HEIGHT: f64 = 46.0;
/// A level of more boxes than this goes into several rows.
const MOST_IN_A_ROW: usize = 12;
/// The distance from the other lines at which a line that closes a cycle meets a box.
const CLOSING_OFFSET: f64 = 26.0;
/// The reach of the loop of a step that depends on itself.
pub const LOOP_REACH: f64 = 24.0;

/// A point in the picture; y grows downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The distance from the left.
    pub x: f64,
    /// The distance from the top.
    pub y: f64,
}

/// A box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// The left edge.
    pub x: f64,
    /// The upper edge.
    pub y: f64,
    /// The width.
    pub width: f64,
}

/// A piece of a line: it swings from `from` to `to` through the gap between two rows, then goes straight down
/// to `end` past the boxes of the lower row. A piece that meets a box ends at `to`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// The point on the lower edge of the upper row.
    pub from: Point,
    /// The point on the upper edge of the lower row.
    pub to: Point,
    /// The vertical position to which it continues from `to`.
    pub end: f64,
    /// Whether it belongs to an edge that closes a cycle, and so leads upwards.
    pub closing: bool,
}

/// The tip of an arrow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Head {
    /// The point at which it touches its box.
    pub at: Point,
    /// Whether it points upwards: its line closes a cycle.
    pub closing: bool,
}

/// A picture's geometry.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The width of the picture; everything lies between 0 and here.
    pub width: f64,
    /// The height of the picture.
    pub height: f64,
    /// The box of each node.
    pub boxes: Vec<Rect>,
    /// The lines.
    pub links: Vec<Link>,
    /// The tips of the lines.
    pub heads: Vec<Head>,
    /// The nodes that depend on themselves.
    pub loops: Vec<usize>,
}

/// An item of a row: a box, or the bend of a line that passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Box,
    Bend,
}

/// A position in a row, and the width on either side of the middle.
#[derive(Clone, Copy, Debug)]
struct Item {
    content: Content,
    half: f64,
}

/// Items in rows, and the lines between neighbouring rows.
#[derive(Debug, Default)]
struct Rows {
    items: Vec<Item>,
    /// The items of each row, from left to right.
    rows: Vec<Vec<usize>>,
    /// Upper item, lower item, whether the line closes a cycle.
    links: Vec<(usize, usize, bool)>,
}

/// Lays out boxes of the given widths; edges are distinct and their ends exist.
///
/// # Complexity
/// O((V + B) log (V + B)) with a constant number of sweeps, for B bends: at most two rows of them for each
/// box and row.
pub fn layout(widths: &[f64], edges: &[(usize, usize)]) -> Layout {
    let levels = Levels::of(widths.len(), edges);
    let mut loops: Vec<usize> = edges.iter().filter(|(from, to)| from == to).map(|&(node, _)| node).collect();
    loops.dedup();
    let mut rows = Rows::of(widths, edges, &levels, &loops);
    order::reduce_crossings(&mut rows);
    let middles = place::place(&rows);
    rows.geometry(&middles, widths, loops)
}

impl Rows {
    fn of(widths: &[f64], edges: &[(usize, usize)], levels: &Levels, loops: &[usize]) -> Self {
        let mut rows = Self::default();
        let mut row_of = vec![0; widths.len()];
        let mut by_level = vec![Vec::new(); levels.count()];
        for (node, &level) in levels.of.iter().enumerate() {
            by_level[level].push(node);
        }
        for nodes in &by_level {
            let share = nodes.len().div_ceil(nodes.len().div_ceil(MOST_IN_A_ROW));
            for part in nodes.chunks(share) {
                for &node in part {
                    row_of[node] = rows.rows.len();
                }
                rows.rows.push(part.to_vec());
            }
        }
        rows.items = widths.iter().map(|width| Item { content: Content::Box, half: width / 2.0 }).collect();
        for &node in loops {
            rows.items[node].half += LOOP_REACH;
        }
        rows.connect(edges, &levels.closing, &row_of);
        rows
    }

    /// Adds the lines and their bends. An edge that closes a cycle is laid out upside down.
    fn connect(&mut self, edges: &[(usize, usize)], closing: &[bool], row_of: &[usize]) {
        let (mut leaving, mut arriving) = (BTreeMap::new(), BTreeMap::new());
        let mut long = Vec::new();
        for (&(from, to), &closing) in edges.iter().zip(closing).filter(|((from, to), _)| from != to) {
            let (upper, lower) = if closing { (to, from) } else { (from, to) };
            if row_of[upper] + 1 == row_of[lower] {
                self.links.push((upper, lower, closing));
            } else {
                long.push((upper, lower, closing));
                *leaving.entry((upper, closing)).or_insert(0) += 1;
                *arriving.entry((lower, closing)).or_insert(0) += 1;
            }
        }
        let mut trunks: BTreeMap<(usize, bool, bool), Vec<usize>> = BTreeMap::new();
        for (upper, lower, closing) in long {
            let from_upper = leaving.get(&(upper, closing)) >= arriving.get(&(lower, closing));
            let (end, other) = if from_upper { (upper, lower) } else { (lower, upper) };
            trunks.entry((end, from_upper, closing)).or_default().push(other);
        }
        for ((end, from_upper, closing), others) in trunks {
            let other_rows = || others.iter().map(|&other| row_of[other]);
            let passed = if from_upper {
                row_of[end] + 1..other_rows().max().unwrap_or(0)
            } else {
                other_rows().min().unwrap_or(0) + 1..row_of[end]
            };
            let bends = self.bend(passed.clone(), closing);
            let bend = |row: usize| bends[row - passed.start];
            if from_upper {
                self.links.push((end, bends[0], closing));
                self.links.extend(others.iter().map(|&lower| (bend(row_of[lower] - 1), lower, closing)));
            } else {
                self.links.push((bends[bends.len() - 1], end, closing));
                self.links.extend(others.iter().map(|&upper| (upper, bend(row_of[upper] + 1), closing)));
            }
        }
    }

    /// A chain of bends through these rows.
    fn bend(&mut self, passed: std::ops::Range<usize>, closing: bool) -> Vec<usize> {
        let first = self.items.len();
        let bends: Vec<usize> = (first..first + passed.len()).collect();
        for (&bend, row) in bends.iter().zip(passed) {
            self.items.push(Item { content: Content::Bend, half: 0.0 });
            self.rows[row].push(bend);
        }
        self.links.extend(bends.windows(2).map(|pair| (pair[0], pair[1], closing)));
        bends
    }

    /// For each item, the items that a line joins it to, above (`.0`) and below (`.1`).
    fn neighbours(&self) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
        let mut above = vec![Vec::new(); self.items.len()];
        let mut below = above.clone();
        for &(upper, lower, _) in &self.links {
            below[upper].push(lower);
            above[lower].push(upper);
        }
        (above, below)
    }

    fn row_of(&self) -> Vec<usize> {
        let mut row_of = vec![0; self.items.len()];
        for (row, items) in self.rows.iter().enumerate() {
            for &item in items {
                row_of[item] = row;
            }
        }
        row_of
    }

    fn geometry(&self, middles: &[f64], widths: &[f64], loops: Vec<usize>) -> Layout {
        let row_of = self.row_of();
        let tops = self.tops(middles, &row_of);
        let port = |item: usize, closing: bool| match self.items[item].content {
            Content::Box if closing => middles[item] + CLOSING_OFFSET,
            Content::Box | Content::Bend => middles[item],
        };
        let (mut links, mut heads) = (Vec::with_capacity(self.links.len()), Vec::new());
        for &(upper, lower, closing) in &self.links {
            let from = Point { x: port(upper, closing), y: tops[row_of[upper]] + BOX_HEIGHT };
            let to = Point { x: port(lower, closing), y: tops[row_of[lower]] };
            let end = match self.items[lower].content {
                Content::Box => to.y,
                Content::Bend => to.y + BOX_HEIGHT,
            };
            links.push(Link { from, to, end, closing });
            let (item, at) = if closing { (upper, from) } else { (lower, to) };
            if matches!(self.items[item].content, Content::Box) {
                heads.push(Head { at, closing });
            }
        }
        heads.sort_by(|a, b| a.at.y.total_cmp(&b.at.y).then(a.at.x.total_cmp(&b.at.x)));
        heads.dedup();
        let rect = |(node, &width): (usize, &f64)| Rect {
            x: middles[node] - width / 2.0,
            y: tops[row_of[node]],
            width,
        };
        let right = |(item, middle): (&Item, &f64)| middle + item.half;
        Layout {
            width: self.items.iter().zip(middles).map(right).fold(0.0, f64::max),
            height: tops.last().map_or(0.0, |top| top + BOX_HEIGHT),
            boxes: widths.iter().enumerate().map(rect).collect(),
            links,
            heads,
            loops,
        }
    }

    /// The upper edge of each row. The farther the lines between two rows swing, the wider the gap.
    fn tops(&self, middles: &[f64], row_of: &[usize]) -> Vec<f64> {
        let mut gaps = vec![38.0_f64; self.rows.len()];
        for &(upper, lower, _) in &self.links {
            let swing = (middles[upper] - middles[lower]).abs();
            let gap = &mut gaps[row_of[upper]];
            *gap = gap.max((30.0 + swing * 0.1).min(110.0).round());
        }
        let mut top = 0.0;
        gaps.iter()
            .map(|gap| {
                let next = top + BOX_HEIGHT + gap;
                std::mem::replace(&mut top, next)
            })
            .collect()
    }
}
