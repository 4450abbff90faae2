//! The page in a browser. Where there is no Chromium with its driver the test says so and is skipped; `tests/report.sh` gets
//! them, and says by `SIGNSIM_BROWSER=needed` that they are there.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::driver::Browser;
use super::{HOSTILE, reported};

fn browser() -> Option<Browser> {
    match Browser::start() {
        Ok(browser) => Some(browser),
        Err(why) if std::env::var("SIGNSIM_BROWSER").is_ok() => panic!("{why}"),
        Err(why) => {
            println!("SKIPPED: no Chromium with its driver ({why}); tests/report.sh gets them");
            None
        }
    }
}

#[test]
fn in_a_browser_the_page_sorts_filters_and_tells_the_numbers_of_the_csv() {
    let Some(browser) = browser() else { return };
    let (dir, _) = reported(&[]);
    let results = dir.path().join("plots/small");
    browser.open(&results.join("report.html"));
    assert_eq!(browser.console(), json!([]));
    sorts(&browser);
    filters(&browser);
    for figure in ["accuracy_vs_adversaries", "accuracy_vs_rounds", "phase_diagram", "timeline"] {
        tells(&browser, &results, figure);
    }
    stands_in_order(&browser, &results);
    is_dark_where_the_reader_is(&browser);
    // On a phone nothing but the inside of its boxes is wider than the window.
    let phone = json!({ "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true });
    browser.command("Emulation.setDeviceMetricsOverride", &phone);
    assert_eq!(browser.run("return [document.documentElement.scrollWidth, innerWidth]"), json!([390, 390]));
    // What a user has called a method is text, and nothing has been refused or run.
    let names =
        browser.run("return [...document.querySelectorAll('#results-1 td')].map((cell) => cell.textContent)");
    assert!(names.as_array().unwrap().contains(&json!(HOSTILE)), "{names}");
    assert_eq!(browser.run("return document.images.length"), json!(0));
    assert_eq!(browser.console(), json!([]));
}

/// A heading sorts by its column, and a second time the other way.
fn sorts(browser: &Browser) {
    let column = "const table = document.getElementById('results-1');\
                  const at = [...table.tHead.rows[0].cells].findIndex((cell) => cell.textContent.trim() === 'decoding error');";
    let values = format!(
        "{column} return [...table.tBodies[0].rows].map((row) => Number(row.cells[at].dataset.value));"
    );
    let click = format!("{column} table.tHead.rows[0].cells[at].querySelector('button').click();");
    let read = || -> Vec<f64> { serde_json::from_value(browser.run(&values)).unwrap() };
    let before = read();
    let mut sorted = before.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    assert!(before.len() == 6 && before != sorted, "{before:?}");
    browser.run(&click);
    assert_eq!(read(), sorted);
    browser.run(&click);
    sorted.reverse();
    assert_eq!(read(), sorted);
}

/// Words and choices leave the rows that have them.
fn filters(browser: &Browser) {
    let shown = |change: &str| {
        browser.run(&format!(
            "const box = document.getElementById('results-1').closest('.table');\
             const input = box.querySelector('input');\
             const choice = [...box.querySelectorAll('select')].find((choice) => choice.ariaLabel === 'L');\
             {change}\
             input.dispatchEvent(new Event('input', {{ bubbles: true }}));\
             const rows = [...box.querySelector('tbody').rows].filter((row) => row.offsetParent !== null);\
             return [rows.length, box.querySelector('output').textContent];"
        ))
    };
    assert_eq!(shown(""), json!([6, "6 rows"]));
    assert_eq!(shown("input.value = 'SIGNSGD_MV';"), json!([3, "3 of 6 rows"]));
    assert_eq!(shown("choice.value = '2';"), json!([1, "1 of 6 rows"]));
    assert_eq!(shown("input.value = 'nobody';"), json!([0, "0 of 6 rows"]));
    assert_eq!(shown("input.value = ''; choice.value = '';"), json!([6, "6 rows"]));
}

fn table(results: &Path, figure: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(results.join(format!("{figure}.csv"))).unwrap();
    let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.into_records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The mouse at a place of a figure shows the row of its CSV.
fn tells(browser: &Browser, results: &Path, figure: &str) {
    let table = table(results, figure);
    let hits = format!("document.querySelectorAll('figure[data-name={figure}] .hit')");
    let count = browser.run(&format!("return {hits}.length")).as_u64().unwrap();
    assert!(count >= 6, "{figure}: {count}");
    for hit in [0, count / 2, count - 1] {
        let at = browser.run(&format!(
            "const hit = {hits}[{hit}]; hit.scrollIntoView({{ block: 'center' }});\
             const place = () => {{\
               const box = hit.getBoundingClientRect();\
               return [Math.round(box.left + box.width / 2), Math.round(box.top + box.height / 2)];\
             }};\
             const frame = () => new Promise((done) => requestAnimationFrame(done));\
             return frame().then(frame).then(place);"
        ));
        browser.point(at[0].as_i64().unwrap(), at[1].as_i64().unwrap());
        let told = browser.run(
            "const told = document.querySelector('.hit.told');\
             const words = (name) => [...document.querySelectorAll('#tip ' + name)].map((element) => element.textContent);\
             return [Number(told.dataset.row), words('dt'), words('dd'), told.closest('figure').dataset.name];",
        );
        let row = &table[1 + told[0].as_u64().unwrap() as usize];
        let says = |(_, value): &(&String, &String)| !value.is_empty();
        let (names, values): (Vec<&String>, Vec<&String>) = table[0].iter().zip(row).filter(says).unzip();
        assert_eq!(told, json!([told[0], names, values, figure]));
    }
}

/// What stands further right has the larger number on the axis, and what stands higher the larger mean.
fn stands_in_order(browser: &Browser, results: &Path) {
    let figure = "accuracy_vs_adversaries";
    let table = table(results, figure);
    let column = |name: &str| table[0].iter().position(|known| known == name).unwrap();
    let places = browser.run(&format!(
        "return [...document.querySelectorAll('figure[data-name={figure}] .hit')].map((hit) => \
         [hit.dataset.row, hit.getAttribute('x'), hit.getAttribute('y')].map(Number));"
    ));
    let places: Vec<[f64; 3]> = serde_json::from_value(places).unwrap();
    assert_eq!(places.len(), 6);
    let value =
        |place: &[f64; 3], name: &str| table[1 + place[0] as usize][column(name)].parse::<f64>().unwrap();
    for a in &places {
        for b in &places {
            if value(a, "adversaries") < value(b, "adversaries") {
                assert!(a[1] < b[1], "{a:?} {b:?}");
            }
            // A unit of the page is far below what two means differ by here, but rounding may make them equal.
            if value(a, "share_decoded_mean") < value(b, "share_decoded_mean") {
                assert!(a[2] >= b[2], "{a:?} {b:?}");
            }
        }
    }
}

/// Page and figures change their colours with the reader's setting.
fn is_dark_where_the_reader_is(browser: &Browser) {
    let colours = |scheme: &str| {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        browser.command("Emulation.setEmulatedMedia", &json!({ "features": features }));
        browser.run(
            "const paper = document.querySelector('figure[data-name=accuracy_vs_adversaries] svg > polygon');\
             return [getComputedStyle(document.body).backgroundColor, getComputedStyle(paper).fill];",
        )
    };
    assert_eq!(colours("light"), json!(["rgb(255, 255, 255)", "rgb(255, 255, 255)"]));
    assert_eq!(colours("dark"), json!(["rgb(20, 22, 26)", "rgb(20, 22, 26)"]));
}
