//! Arithmetic on tables: multiply one by a smaller one, sum one down to a smaller one. Everything a query does is done here.
//!
//! Tables are row-major slices. How a small table lies in a large one is computed once as a [`Map`]: the large one falls into runs, and
//! within a run the small one either advances in step or stands still. Short runs, the rule with binary nodes, have unrolled loops.

/// How the entries of a large table fall on those of a small one.
#[derive(Clone, Debug)]
pub(super) struct Map {
    /// Entries in a run.
    pub run: usize,
    /// The small table advances with the large one; otherwise it stands still for a run.
    pub steps: bool,
    /// Position in the small table at the begin of each run.
    pub starts: Vec<u32>,
}

impl Map {
    /// `dims` are (states, stride in the small table; 0 = not in it), outermost first. Runs do not cross the outermost dimension, so
    /// that a slice of it is a whole number of runs.
    pub fn new(dims: &[(usize, usize)]) -> Map {
        let steps = dims.last().is_some_and(|d| d.1 != 0);
        let (mut run, mut outer) = (1, dims.len());
        while outer > 1 {
            let (card, stride) = dims[outer - 1];
            if stride != if steps { run } else { 0 } {
                break;
            }
            run *= card;
            outer -= 1;
        }
        let mut starts = vec![0u32];
        for (card, stride) in &dims[..outer] {
            starts = starts.iter().flat_map(|s| (0..*card).map(move |k| s + (k * stride) as u32)).collect();
        }
        Map { run, steps, starts }
    }

    /// `large[i] *= small[map(i)]` for the part of the large table that begins at `first`.
    pub fn multiply(&self, large: &mut [f64], first: usize, small: &[f64]) {
        let starts = &self.starts[first / self.run..];
        match (self.run, self.steps) {
            (1, _) => large.iter_mut().zip(starts).for_each(|(x, s)| *x *= small[*s as usize]),
            (2, true) => self.multiply_steps::<2>(large, starts, small),
            (4, true) => self.multiply_steps::<4>(large, starts, small),
            (8, true) => self.multiply_steps::<8>(large, starts, small),
            (2, false) => self.multiply_still::<2>(large, starts, small),
            (4, false) => self.multiply_still::<4>(large, starts, small),
            (8, false) => self.multiply_still::<8>(large, starts, small),
            (run, true) => {
                for (block, s) in large.chunks_exact_mut(run).zip(starts) {
                    block.iter_mut().zip(&small[*s as usize..]).for_each(|(x, y)| *x *= y);
                }
            }
            (run, false) => {
                for (block, s) in large.chunks_exact_mut(run).zip(starts) {
                    let y = small[*s as usize];
                    block.iter_mut().for_each(|x| *x *= y);
                }
            }
        }
    }

    fn multiply_steps<const N: usize>(&self, large: &mut [f64], starts: &[u32], small: &[f64]) {
        for (block, s) in large.as_chunks_mut::<N>().0.iter_mut().zip(starts) {
            let from = &small[*s as usize..*s as usize + N];
            (0..N).for_each(|k| block[k] *= from[k]);
        }
    }

    fn multiply_still<const N: usize>(&self, large: &mut [f64], starts: &[u32], small: &[f64]) {
        for (block, s) in large.as_chunks_mut::<N>().0.iter_mut().zip(starts) {
            let y = small[*s as usize];
            (0..N).for_each(|k| block[k] *= y);
        }
    }

    /// `large[i] = from[i] * small[map(i)]`: copy and first factor in one pass.
    pub fn product(&self, large: &mut [f64], from: &[f64], first: usize, small: &[f64]) {
        let starts = &self.starts[first / self.run..];
        match (self.run, self.steps) {
            (1, _) => large.iter_mut().zip(from).zip(starts).for_each(|((x, f), s)| *x = f * small[*s as usize]),
            (2, _) => self.product_blocks::<2>(large, from, starts, small),
            (4, _) => self.product_blocks::<4>(large, from, starts, small),
            (run, true) => {
                for ((block, f), s) in large.chunks_exact_mut(run).zip(from.chunks_exact(run)).zip(starts) {
                    block.iter_mut().zip(f).zip(&small[*s as usize..]).for_each(|((x, f), y)| *x = f * y);
                }
            }
            (run, false) => {
                for ((block, f), s) in large.chunks_exact_mut(run).zip(from.chunks_exact(run)).zip(starts) {
                    let y = small[*s as usize];
                    block.iter_mut().zip(f).for_each(|(x, f)| *x = f * y);
                }
            }
        }
    }

    fn product_blocks<const N: usize>(&self, large: &mut [f64], from: &[f64], starts: &[u32], small: &[f64]) {
        let blocks = large.as_chunks_mut::<N>().0.iter_mut().zip(from.as_chunks::<N>().0).zip(starts);
        if self.steps {
            for ((block, f), s) in blocks {
                let y = &small[*s as usize..*s as usize + N];
                (0..N).for_each(|k| block[k] = f[k] * y[k]);
            }
        } else {
            for ((block, f), s) in blocks {
                let y = small[*s as usize];
                (0..N).for_each(|k| block[k] = f[k] * y);
            }
        }
    }

    /// `small[map(i)] += large[i]`, from zero, for the part of the large table that begins at `first`.
    pub fn sum(&self, large: &[f64], first: usize, small: &mut [f64]) {
        small.fill(0.0);
        let starts = &self.starts[first / self.run..];
        match (self.run, self.steps) {
            (1, _) => large.iter().zip(starts).for_each(|(x, s)| small[*s as usize] += x),
            (2, true) => self.sum_steps::<2>(large, starts, small),
            (4, true) => self.sum_steps::<4>(large, starts, small),
            (8, true) => self.sum_steps::<8>(large, starts, small),
            (2, false) => self.sum_still::<2>(large, starts, small),
            (4, false) => self.sum_still::<4>(large, starts, small),
            (8, false) => self.sum_still::<8>(large, starts, small),
            (run, true) => {
                for (block, s) in large.chunks_exact(run).zip(starts) {
                    small[*s as usize..].iter_mut().zip(block).for_each(|(y, x)| *y += x);
                }
            }
            (run, false) => {
                for (block, s) in large.chunks_exact(run).zip(starts) {
                    small[*s as usize] += total(block);
                }
            }
        }
    }

    fn sum_steps<const N: usize>(&self, large: &[f64], starts: &[u32], small: &mut [f64]) {
        for (block, s) in large.as_chunks::<N>().0.iter().zip(starts) {
            let to = &mut small[*s as usize..*s as usize + N];
            (0..N).for_each(|k| to[k] += block[k]);
        }
    }

    fn sum_still<const N: usize>(&self, large: &[f64], starts: &[u32], small: &mut [f64]) {
        for (block, s) in large.as_chunks::<N>().0.iter().zip(starts) {
            small[*s as usize] += block.iter().sum::<f64>();
        }
    }

    /// Calls `f(position in the large table, position in the small table)` for every entry: the slow way, for rare work.
    pub fn each(&self, mut f: impl FnMut(usize, usize)) {
        for (b, s) in self.starts.iter().enumerate() {
            for k in 0..self.run {
                f(b * self.run + k, *s as usize + if self.steps { k } else { 0 });
            }
        }
    }
}

/// Sum with four running totals: the additions do not wait for each other.
pub(super) fn total(values: &[f64]) -> f64 {
    let (chunks, rest) = values.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for c in chunks {
        (0..4).for_each(|k| sums[k] += c[k]);
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest.iter().sum::<f64>()
}

/// Multiplies a table whose innermost part repeats `tile`.
pub(super) fn multiply_tiles(table: &mut [f64], tile: &[f64]) {
    match *tile {
        [a] => table.iter_mut().for_each(|x| *x *= a),
        [a, b] => table.as_chunks_mut::<2>().0.iter_mut().for_each(|c| *c = [c[0] * a, c[1] * b]),
        [a, b, c, d] => table.as_chunks_mut::<4>().0.iter_mut().for_each(|x| *x = [x[0] * a, x[1] * b, x[2] * c, x[3] * d]),
        _ => {
            for block in table.chunks_exact_mut(tile.len()) {
                block.iter_mut().zip(tile).for_each(|(x, y)| *x *= y);
            }
        }
    }
}

/// Sums a table whose innermost part has the shape of `out`.
pub(super) fn sum_tiles(table: &[f64], out: &mut [f64]) {
    match out {
        [a] => *a = total(table),
        [a, b] => {
            let mut sums = [0.0; 2];
            table.as_chunks::<2>().0.iter().for_each(|c| sums = [sums[0] + c[0], sums[1] + c[1]]);
            [*a, *b] = sums;
        }
        [a, b, c, d] => {
            let mut sums = [0.0; 4];
            for x in table.as_chunks::<4>().0 {
                (0..4).for_each(|k| sums[k] += x[k]);
            }
            [*a, *b, *c, *d] = sums;
        }
        _ => {
            let size = out.len();
            out.copy_from_slice(&table[..size]);
            for block in table[size..].chunks_exact(size) {
                out.iter_mut().zip(block).for_each(|(y, x)| *y += x);
            }
        }
    }
}

/// Sums out the outermost dimension: `out[i] = Σ_k table[k, i]`.
pub(super) fn fold(table: &[f64], inner: usize, out: &mut [f64]) {
    sum_tiles(table, &mut out[..inner]);
}

/// As [`fold`], within one buffer: the result lies at its begin.
pub(super) fn fold_in_place(table: &mut [f64], inner: usize) {
    let (first, rest) = table.split_at_mut(inner);
    for block in rest.chunks_exact(inner) {
        first.iter_mut().zip(block).for_each(|(y, x)| *y += x);
    }
}

/// Scales by a power of two, exactly, when the largest number has become small. Returns the binary exponent taken out.
pub(super) fn rescale(values: &mut [f64]) -> i64 {
    let top = values.iter().fold(0.0f64, |m, v| m.max(*v));
    if top >= 1e-20 || top <= 0.0 {
        return 0;
    }
    // 2^-exponent <= top; kept within what one factor can express.
    let exponent = ((top.log2().floor()) as i64).clamp(-1000, 0);
    let factor = 2f64.powi(-(exponent as i32));
    values.iter_mut().for_each(|v| *v *= factor);
    exponent
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every run length and both kinds of run against the definition.
    #[test]
    fn a_map_is_what_it_says() {
        for dims in [
            vec![(2, 0), (3, 4), (2, 2), (2, 1)],
            vec![(3, 1), (2, 0), (2, 0)],
            vec![(2, 2), (2, 1)],
            vec![(3, 5), (5, 1)],
            vec![(3, 2), (2, 1), (4, 0)],
            vec![(2, 8), (8, 1)],
            vec![(4, 0)],
            vec![(5, 1)],
            vec![],
            vec![(2, 1), (1, 0), (8, 0)],
        ] {
            let map = Map::new(&dims);
            let size: usize = dims.iter().map(|d| d.0).product();
            let place = |mut i: usize| {
                dims.iter().rev().fold(0, |at, (card, stride)| {
                    let k = i % card;
                    i /= card;
                    at + k * stride
                })
            };
            let small_size = (0..size).map(place).max().unwrap_or(0) + 1;
            let small: Vec<f64> = (0..small_size).map(|k| k as f64 + 2.0).collect();
            let mut large: Vec<f64> = (0..size).map(|i| i as f64 + 1.0).collect();
            let mut sums = vec![0.0; small_size];
            map.sum(&large, 0, &mut sums);
            let mut expected = vec![0.0; small_size];
            (0..size).for_each(|i| expected[place(i)] += i as f64 + 1.0);
            assert_eq!(sums, expected, "{dims:?}");
            let mut product = vec![0.0; size];
            map.product(&mut product, &large, 0, &small);
            map.multiply(&mut large, 0, &small);
            assert_eq!(product, large, "{dims:?}");
            for (i, x) in large.iter().enumerate() {
                assert_eq!(*x, (i as f64 + 1.0) * small[place(i)], "{dims:?}");
            }
            let mut seen = 0;
            map.each(|i, s| {
                assert_eq!(s, place(i));
                seen += 1;
            });
            assert_eq!(seen, size);
        }
    }

    #[test]
    fn scaling_is_exact() {
        let mut v = [1e-200, 3e-201];
        let e = rescale(&mut v);
        assert!(v[0] >= 1.0 && v[0] < 2.0);
        assert_eq!(v[0] * 2f64.powi(e as i32), 1e-200);
    }
}
