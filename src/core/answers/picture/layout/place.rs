//! Computes the x coordinates of the items, so that lines are as straight as the order and the room permit.

use super::{Content, Item, Rows};

/// The number of passes over all rows.
const PASSES: usize = 30;

/// The middle of each item; the leftmost item begins at 0.
///
/// In each pass every row moves to where its lines would be straight: the desired position of each item is the weighted
/// mean of its neighbours, and isotonic regression finds the positions nearest to the wishes that keep the order
/// and the gaps. Lines that pass rows weigh more than lines between boxes, since their bends show most.
///
/// # Complexity
/// O(I + L) a pass, for I items and L lines.
pub fn place(rows: &Rows) -> Vec<f64> {
    let (above, below) = rows.neighbours();
    let mut middles = vec![0.0; rows.items.len()];
    for row in &rows.rows {
        let offsets = offsets(row, &rows.items);
        let centre = offsets.last().map_or(0.0, |last| last / 2.0);
        for (&item, offset) in row.iter().zip(offsets) {
            middles[item] = offset - centre;
        }
    }
    for pass in 0..PASSES {
        let sides: &[&Vec<Vec<usize>>] = match pass {
            _ if pass + 10 >= PASSES => &[&above, &below],
            _ if pass % 2 == 0 => &[&above],
            _ => &[&below],
        };
        let order: Vec<&Vec<usize>> =
            if pass % 2 == 0 { rows.rows.iter().collect() } else { rows.rows.iter().rev().collect() };
        for row in order {
            straighten(row, &rows.items, sides, &mut middles);
        }
    }
    let left = rows.items.iter().zip(&middles).map(|(item, middle)| middle - item.half);
    let left = left.fold(f64::INFINITY, f64::min);
    middles.iter().map(|middle| middle - left).collect()
}

/// The least room between the middles of two neighbours in a row.
fn separation(left: Item, right: Item) -> f64 {
    let gap = match (left.content, right.content) {
        (Content::Box, Content::Box) => 24.0,
        (Content::Box, Content::Bend) | (Content::Bend, Content::Box) => 16.0,
        (Content::Bend, Content::Bend) => 14.0,
    };
    left.half + gap + right.half
}

/// The offset of each item of a row if they stand as close as possible, the first at 0.
fn offsets(row: &[usize], items: &[Item]) -> Vec<f64> {
    let mut offset = 0.0;
    let mut before = None;
    row.iter()
        .map(|&item| {
            offset += before.map_or(0.0, |before: usize| separation(items[before], items[item]));
            before = Some(item);
            offset
        })
        .collect()
}

fn line_weight(a: Item, b: Item) -> f64 {
    match (a.content, b.content) {
        (Content::Bend, Content::Bend) => 8.0,
        (Content::Bend, Content::Box) | (Content::Box, Content::Bend) => 2.0,
        (Content::Box, Content::Box) => 1.0,
    }
}

/// A block of items that are as close as possible.
struct Block {
    /// Sum of the wishes for the block's start, each times its weight.
    wishes: f64,
    weight: f64,
    length: usize,
}

impl Block {
    fn start(&self) -> f64 {
        self.wishes / self.weight
    }
}

fn straighten(row: &[usize], items: &[Item], sides: &[&Vec<Vec<usize>>], middles: &mut [f64]) {
    let offsets = offsets(row, items);
    let mut blocks: Vec<Block> = Vec::with_capacity(row.len());
    for (&item, &offset) in row.iter().zip(&offsets) {
        // An item without lines stays in place, unless another item needs its space.
        let (mut wishes, mut weight) = (middles[item] * 0.01, 0.01);
        for &other in sides.iter().flat_map(|side| &side[item]) {
            let line = line_weight(items[item], items[other]);
            wishes += middles[other] * line;
            weight += line;
        }
        let mut block = Block { wishes: wishes - offset * weight, weight, length: 1 };
        while let Some(before) = blocks.pop_if(|before| before.start() >= block.start()) {
            block.wishes += before.wishes;
            block.weight += before.weight;
            block.length += before.length;
        }
        blocks.push(block);
    }
    let starts = blocks.iter().flat_map(|block| std::iter::repeat_n(block.start(), block.length));
    for ((&item, offset), start) in row.iter().zip(offsets).zip(starts) {
        middles[item] = start + offset;
    }
}
