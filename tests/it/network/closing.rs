//! What a network refuses together with the rest of a scenario: rounds that never close, a clock that ends.

use signsim::scenario::Plan;

use super::scenario;

/// A round that waits for votes which may never come is refused, whatever it is called; with votes to spare it is not.
#[test]
fn a_quorum_of_everyone_is_no_safer_than_all() {
    let drop_out = "{ availability: { drop_out: 0.2 } }";
    let gone = "{ links: { workers: [{ workers: 0, up: { loss: 1 } }] } }";
    for (server, attack, network, words) in [
        ("{ quorum: 5 }", "sign_inversion", drop_out, Some("workers drop out")),
        ("{ quorum: M }", "sign_inversion", drop_out, Some("workers drop out")),
        ("{ quorum: 3 }, participants: { sample: 3 }", "sign_inversion", drop_out, Some("workers drop out")),
        ("{ quorum: 4 }", "sign_inversion", drop_out, None),
        ("{ quorum: 5 }", "sign_inversion", "ideal", None),
        ("{ quorum: 5 }", "sign_inversion", gone, Some("worker 0 are lost")),
        ("{ quorum: 4 }", "sign_inversion", gone, None),
        ("{ quorum: 4 }", "silent", "ideal", Some("the 2 corrupted ones stay silent")),
        ("{ quorum: 3 }", "silent", "ideal", None),
        ("{ quorum_or_deadline: { quorum: 5, deadline: 1s } }", "silent", drop_out, None),
        (
            "{ quorum: 4 }",
            "sign_inversion",
            "{ availability: { drop_out: 1 } }",
            Some("5 of the workers never vote"),
        ),
    ] {
        let text = scenario(5, 2, server, network)
            .replace("method:", &format!("adversaries: {{ count: 2, attack: {attack} }}, method:"));
        match (Plan::parse("test.yaml", &text, &[], None), words) {
            (Ok(_), None) => {}
            (Ok(_), Some(_)) => panic!("{server} {attack} {network} is taken"),
            (Err(error), words) => {
                let text = format!("{error} [{}]", error.advice().unwrap_or_default());
                assert!(words.is_some_and(|w| text.contains(w) && text.contains("never closes")), "{text}");
                assert!(text.contains("deadline"), "{text}");
            }
        }
    }
}

/// A thousand votes of a million coordinates at a bit a second take 4 years a round, one takes a day and a half.
#[test]
fn copies_count_where_the_clock_is_checked() {
    let text = |copies: u32| {
        scenario(3, 500, "{ deadline: 1s }", "{ links: { up: { bandwidth: 1bit/s } } }")
            .replace("coordinates: 800", "coordinates: 100000")
            .replace(
                "method:",
                &format!(
                    "adversaries: {{ count: 1, attack: {{ duplicate: {{ copies: {copies} }} }} }}, method:"
                ),
            )
    };
    assert!(Plan::parse("t.yaml", &text(1), &[], None).is_ok());
    let error = Plan::parse("t.yaml", &text(1000), &[], None).unwrap_err();
    assert!(error.to_string().contains("584 years"), "{error}");
}
