use super::*;
use crate::sharing::testing::SEED;

fn plan(size: SizeLaw) -> CataloguePlan {
    CataloguePlan {
        items: 20_000,
        size,
        chunk_bytes: 1_000,
        popularity: PopularityLaw::Uniform,
        name_bytes: LengthLaw::Uniform {
            bytes_min: 20,
            bytes_max: 40,
        },
        text_bytes: LengthLaw::Fixed(12),
        vocabulary: None,
    }
}

/// Mean of the items' sizes under a law.
fn mean_bytes(size: SizeLaw) -> f64 {
    let catalogue = Catalogue::new(&plan(size), SEED).unwrap();
    let sum: u64 = (0..20_000).map(|item| catalogue.size_bytes(ItemId(item))).sum();
    sum as f64 / 20_000.0
}

#[test]
fn sizes_have_the_laws_means() {
    assert!((mean_bytes(SizeLaw::Fixed(77)) - 77.0).abs() < 1e-9);
    let uniform = SizeLaw::Uniform {
        bytes_min: 10,
        bytes_max: 20,
    };
    // Standard deviation of 11 equal integers: sqrt(10).
    assert!((mean_bytes(uniform) - 15.0).abs() < 3.0 * (10.0_f64 / 20_000.0).sqrt());
    let log_normal = SizeLaw::LogNormal {
        bytes_median: 100_000.0,
        sigma: 0.5,
        bytes_max: u64::MAX,
    };
    // Mean median * e^(sigma^2 / 2), relative variance e^(sigma^2) - 1.
    let expected = 100_000.0 * math::exp(0.125);
    let error = expected * (math::exp_m1(0.25) / 20_000.0).sqrt();
    assert!((mean_bytes(log_normal) - expected).abs() < 3.0 * error);
}

#[test]
fn items_are_keyed_by_their_number() {
    let law = SizeLaw::Uniform {
        bytes_min: 1,
        bytes_max: 1_000_000,
    };
    let large = Catalogue::new(&plan(law), SEED).unwrap();
    let small = Catalogue::new(
        &CataloguePlan {
            items: 10,
            ..plan(law)
        },
        SEED,
    )
    .unwrap();
    for item in (0..10).map(ItemId) {
        assert_eq!(small.size_bytes(item), large.size_bytes(item));
        assert_eq!(small.name_bytes(item), large.name_bytes(item));
        assert!((20..=40).contains(&small.name_bytes(item)));
        assert_eq!(small.text_bytes(item), 12);
    }
}

#[test]
fn chunks_cover_an_item_exactly() {
    for size in [1, 999, 1_000, 1_001, 123_456] {
        let one = CataloguePlan {
            items: 1,
            ..plan(SizeLaw::Fixed(size))
        };
        let catalogue = Catalogue::new(&one, SEED).unwrap();
        let lengths: Vec<u32> = (0..catalogue.chunks(ItemId(0)))
            .map(|chunk| catalogue.chunk_bytes(ItemId(0), chunk))
            .collect();
        assert_eq!(lengths.iter().copied().map(u64::from).sum::<u64>(), size);
        let (last, rest) = lengths.split_last().unwrap();
        assert!(rest.iter().all(|&bytes| bytes == 1_000) && (1..=1_000).contains(last));
    }
}

#[test]
fn impossible_plans_are_refused() {
    let good = plan(SizeLaw::Fixed(1));
    let zipf = |exponent| PopularityLaw::Zipf {
        exponent,
        flat_head: 0,
    };
    let log_normal = |bytes_median, sigma| SizeLaw::LogNormal {
        bytes_median,
        sigma,
        bytes_max: 9,
    };
    for (bad, word) in [
        (CataloguePlan { items: 0, ..good }, "at least one item"),
        (
            CataloguePlan {
                chunk_bytes: 0,
                ..good
            },
            "at least one byte",
        ),
        (plan(SizeLaw::Fixed(0)), "at least one byte"),
        (
            plan(SizeLaw::Uniform {
                bytes_min: 3,
                bytes_max: 2,
            }),
            "larger than the largest",
        ),
        (plan(log_normal(f64::NAN, 1.0)), "median"),
        (plan(log_normal(10.0, -1.0)), "sigma"),
        (plan(SizeLaw::Fixed(2_000_000_000)), "make chunks larger"),
        (
            CataloguePlan {
                popularity: zipf(f64::NAN),
                ..good
            },
            "exponent",
        ),
        (
            CataloguePlan {
                popularity: zipf(-1.0),
                ..good
            },
            "exponent",
        ),
        (
            CataloguePlan {
                text_bytes: LengthLaw::Uniform {
                    bytes_min: 2,
                    bytes_max: 1,
                },
                ..good
            },
            "text lengths",
        ),
    ] {
        let error = Catalogue::new(&bad, SEED).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
}
