//! The catalogue as numbers to learn from, and back: what an overlay says is what a repair reckons with.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests stand outside")]

use posdx_diagnosis::learning::{Case, Settings, Told, learn};
use posdx_embedded::catalogue;
use posdx_explain::repair::{ChangeKind, Model, Overlaid, lessons};
use posdx_explain::{Question, explain, explain_condition};

const CONDITION: &str = "comm.no-response";

fn compiled(catalogue: &posdx_catalogue::Catalogue) -> Model {
    Model::compile(catalogue, &explain_condition(catalogue, CONDITION).unwrap(), &[]).unwrap()
}

/// What a repair reckons with before anything is learned is what learning starts from: causes, steps, answers, contexts.
#[test]
fn learning_starts_from_what_a_repair_reckons_with() {
    let knowledge = lessons(catalogue());
    for condition in catalogue().conditions() {
        let Some(model) = explain_condition(catalogue(), &condition.id).and_then(|r| Model::compile(catalogue(), &r, &[])) else {
            continue;
        };
        let Some(prior) = knowledge.prior(&condition.id, &Default::default()) else { continue };
        assert_eq!(model.causes.len(), prior.len(), "{}", condition.id);
        assert!(model.prior.iter().zip(&prior).all(|(a, b)| (a - b).abs() < 1e-3), "{}: {:?} {prior:?}", condition.id, model.prior);
        for (s, step) in model.steps.iter().enumerate() {
            for (f, cause) in model.causes.iter().enumerate().filter(|(_, c)| step.repairs.iter().any(|r| r.cause == c.id)) {
                let learned = knowledge.repair(&step.id, &cause.id);
                let passing = cause.id == "transient" && !step.waits;
                assert!(passing || (learned - model.repairs[s][f]).abs() < 1e-3, "{} {}", step.id, cause.id);
            }
        }
        for (q, question) in model.questions.iter().enumerate() {
            let row = knowledge.questions.iter().find(|k| k.id == question.id).unwrap();
            for (f, cause) in model.causes.iter().enumerate() {
                let given = row.given.iter().find(|(id, _)| *id == cause.id).map_or(&row.otherwise, |(_, p)| p);
                assert!(given.iter().zip(&model.answers[q][f]).all(|(a, b)| (a - b).abs() < 1e-9), "{} {}", question.id, cause.id);
            }
        }
    }
    let storm = learn(&knowledge, &[], &Settings::new(0)).expect("the shipped catalogue holds together");
    assert!(storm.overlay.only(0.0, 0.0).is_empty());
}

#[test]
fn an_empty_overlay_changes_nothing_anywhere() {
    let nothing = learn(&lessons(catalogue()), &[], &Settings::new(0)).unwrap().overlay.only(0.0, 0.0);
    let overlaid = Overlaid::new(catalogue(), nothing, Default::default());
    assert!(overlaid.changes(&[]).is_empty());
    let question = |text: &'static str| Question { text, place: None };
    for text in ["C101", "51", "打印机不出纸", "TVR 0800048000"] {
        assert_eq!(explain(&overlaid.catalogue, question(text)), explain(catalogue(), question(text)));
    }
}

/// Three in five gave the answer that the catalogue expects least: the repair expects what was learned, up to the mistakes that
/// people always make.
#[test]
fn what_was_learned_is_what_a_repair_reckons_with() {
    let knowledge = lessons(catalogue());
    let plain = compiled(catalogue());
    let cause = &plain.causes[0].id;
    let question = plain.questions.iter().find(|q| q.given.iter().any(|g| g.cause == *cause)).expect("a question about it");
    let rare = (0..question.answers.len())
        .min_by(|a, b| {
            let row = |x: &usize| plain.answers[plain.question(&question.id).unwrap()][0][*x];
            row(a).total_cmp(&row(b))
        })
        .unwrap();
    let case = |i: usize| Case {
        id: i.to_string(),
        condition: CONDITION.into(),
        told: vec![Told { question: question.id.clone(), answer: Some(question.answers[if i % 5 < 3 { rare } else { 0 }].id.clone()) }],
        cause: Some(cause.clone()),
        ..Case::default()
    };
    let cases: Vec<Case> = (0..200).map(case).collect();
    let overlay = learn(&knowledge, &cases, &Settings::new(0)).unwrap().overlay.only(0.005, 5.0);
    let overlaid = Overlaid::new(catalogue(), overlay, Default::default());
    let after = compiled(&overlaid.catalogue);
    let change = overlaid.changes(&[CONDITION]).into_iter().find(|c| c.kind == ChangeKind::Answer && c.id == question.id).expect("named");
    assert_eq!((change.cause.as_ref(), change.cases), (Some(cause), 200.0));
    let row = &after.answers[after.question(&question.id).unwrap()][0];
    assert!(row.iter().any(|p| (p - change.new).abs() < 0.02), "{row:?} {change:?}");
    assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(after.prior[0] > 0.8 && plain.prior[0] < 0.5);
    // What concerns other conditions does not stand among the changes here.
    assert!(overlaid.changes(&["printer.paper-out"]).iter().all(|c| c.kind != ChangeKind::Cause));
}
