//! Orders the items of each row, so that few lines cross.

use super::Rows;

/// The number of sweeps; down and up again are two.
const SWEEPS: usize = 24;

/// Sorts every row by the mean position of each item's neighbours in the row before, downwards and upwards in
/// turn, and keeps the best order that came up. The number of sweeps is fixed, so the result is too.
///
/// # Complexity
/// O((I + L) log (I + L)) a sweep, for I items and L lines.
pub fn reduce_crossings(rows: &mut Rows) {
    let (above, below) = rows.neighbours();
    let mut places = vec![0.0; rows.items.len()];
    for row in &rows.rows {
        number(row, &mut places);
    }
    let mut best = rows.rows.clone();
    let mut fewest = crossings(&best, &below, &places);
    for sweep in 0..SWEEPS {
        if fewest == 0 {
            break;
        }
        if sweep % 2 == 0 {
            rows.rows.iter_mut().for_each(|row| sort_row(row, &above, &mut places));
        } else {
            rows.rows.iter_mut().rev().for_each(|row| sort_row(row, &below, &mut places));
        }
        let count = crossings(&rows.rows, &below, &places);
        if count < fewest {
            fewest = count;
            best.clone_from(&rows.rows);
        }
    }
    rows.rows = best;
}

/// Stores the positions of a row's items, between 0 and 1, so that rows of any length can be compared.
fn number(row: &[usize], places: &mut [f64]) {
    for (at, &item) in row.iter().enumerate() {
        places[item] = (at as f64 + 0.5) / row.len() as f64;
    }
}

fn sort_row(row: &mut [usize], neighbours: &[Vec<usize>], places: &mut [f64]) {
    let mean = |item: usize| match neighbours[item].len() {
        0 => places[item],
        count => neighbours[item].iter().map(|&other| places[other]).sum::<f64>() / count as f64,
    };
    let mut keyed: Vec<(f64, usize)> = row.iter().map(|&item| (mean(item), item)).collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (slot, (_, item)) in row.iter_mut().zip(keyed) {
        *slot = item;
    }
    number(row, places);
}

/// Counts crossings of lines: for each gap, the inversions among the lower ends when the lines are ordered by their
/// upper ends, counted with a Fenwick tree.
fn crossings(rows: &[Vec<usize>], below: &[Vec<usize>], places: &[f64]) -> usize {
    let mut count = 0;
    for pair in rows.windows(2) {
        let width = pair[1].len();
        let slot = |item: usize| (places[item] * width as f64) as usize;
        let mut tree = vec![0; width + 1];
        let mut seen = 0;
        for &upper in &pair[0] {
            let mut ends: Vec<usize> = below[upper].iter().map(|&item| slot(item)).collect();
            ends.sort_unstable();
            for &end in &ends {
                count += seen - up_to(&tree, end + 1);
            }
            for &end in &ends {
                add(&mut tree, end + 1);
                seen += 1;
            }
        }
    }
    count
}

fn up_to(tree: &[usize], mut at: usize) -> usize {
    let mut sum = 0;
    while at > 0 {
        sum += tree[at];
        at &= at - 1;
    }
    sum
}

fn add(tree: &mut [usize], mut at: usize) {
    while at < tree.len() {
        tree[at] += 1;
        at += at & at.wrapping_neg();
    }
}
