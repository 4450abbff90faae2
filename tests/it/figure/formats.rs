//! One drawing, three formats: what PNG shows is what SVG and PDF show, pixel by pixel, as others paint them.
//!
//! SVG is painted by resvg. PDF is painted by poppler's `pdftoppm`, and that half is skipped where it is not
//! installed. Painters round edges differently, so a share of the pixels may differ: of those along lines and
//! letters. What a painter had put somewhere else, or left out, would differ at more of them.

use std::process::Command;

use resvg::{tiny_skia, usvg};
use signsim::figure::{FigureSpec, files};
use signsim::record::{
    Activity, ChannelFacts, LabelRow, LayerRow, Results, TimelineRow, VoteRule, WorkerRow,
};

use super::{results, swept};

/// Of 255 levels; two pixels that differ by more are unlike.
const UNLIKE: u8 = 100;
/// At most this share of all pixels is unlike; measured are up to .005 of SVG and up to .016 of PDF.
const MOST_SVG: f64 = 0.02;
const MOST_PDF: f64 = 0.03;

/// Red, green and blue of every pixel.
struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    fn of_png(bytes: &[u8]) -> Self {
        let mut reader = png::Decoder::new(bytes).read_info().unwrap();
        let mut buffer = vec![0; reader.output_buffer_size()];
        let info = reader.next_frame(&mut buffer).unwrap();
        let channels = info.color_type.samples();
        let pixel = |values: &[u8]| [values[0], values[channels.min(3) / 2], values[channels.min(3) - 1]];
        let pixels = buffer[..info.buffer_size()].chunks(channels).map(pixel).collect();
        Self { width: info.width as usize, height: info.height as usize, pixels }
    }

    fn of_svg(text: &str, width: usize, height: usize) -> Self {
        let mut options = usvg::Options::default();
        for face in ["Regular", "Italic"] {
            let path = format!("{}/src/figure/page/fonts/SignsimSans-{face}.ttf", env!("CARGO_MANIFEST_DIR"));
            options.fontdb_mut().load_font_data(std::fs::read(path).unwrap());
        }
        let tree = usvg::Tree::from_str(text, &options).unwrap();
        let mut map = tiny_skia::Pixmap::new(width as u32, height as u32).unwrap();
        map.fill(tiny_skia::Color::WHITE);
        let (x, y) = (width as f32 / tree.size().width(), height as f32 / tree.size().height());
        resvg::render(&tree, tiny_skia::Transform::from_scale(x, y), &mut map.as_mut());
        let pixels = map.data().chunks(4).map(|p| [p[0], p[1], p[2]]).collect();
        Self { width, height, pixels }
    }

    fn of_pdf(bytes: &[u8]) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("f.pdf"), bytes).unwrap();
        let painted = Command::new("pdftoppm")
            .args(["-r", "300", "-png", "-singlefile", "f.pdf", "f"])
            .current_dir(dir.path())
            .output()
            .ok()?;
        assert!(painted.status.success(), "{}", String::from_utf8_lossy(&painted.stderr));
        Some(Self::of_png(&std::fs::read(dir.path().join("f.png")).unwrap()))
    }

    /// The share of pixels that differ from those of another picture that is moved to the right and down by so many.
    fn unlike(&self, other: &Self, (right, down): (usize, usize)) -> f64 {
        let (width, height) = (self.width.min(other.width) - right, self.height.min(other.height) - down);
        let mut unlike = 0;
        for y in 0..height {
            for x in 0..width {
                let a = self.pixels[(y + down) * self.width + x + right];
                let b = other.pixels[y * other.width + x];
                unlike += usize::from(a.iter().zip(&b).any(|(a, b)| a.abs_diff(*b) > UNLIKE));
            }
        }
        unlike as f64 / (width * height) as f64
    }

    fn has_ink(&self) -> bool {
        self.pixels.iter().any(|pixel| *pixel != self.pixels[0])
    }
}

/// Runs that have recorded everything that any kind draws.
fn everything() -> Results {
    let mut all = swept(&results([0, 3, 7]), "task.channel.crossover", &["0.1", "0.2", "0.3"]);
    for (i, run) in all.runs.iter_mut().enumerate() {
        let share = (i % 7) as f64 / 10.0;
        run.summary.decoding_error = Some(0.01 + share / 3.0);
        run.summary.final_accuracy = run.summary.final_accuracy.map(|accuracy| accuracy - share / 2.0);
        let rule = if run.summary.method == "signsgd_mv" {
            VoteRule::Majority
        } else {
            VoteRule::Learned { max_llr: 10.0 }
        };
        run.channel = Some(ChannelFacts { crossover: 0.2, flip: Some(1.0), rule: Some(rule) });
        let worker = |worker: u32| {
            (1..=4).map(move |round| WorkerRow {
                round: 10 * round,
                worker,
                adversary: worker < 3,
                weight: f64::from(worker) / 10.0 - 0.4 * share,
                crossover: Some(0.3),
                true_crossover: Some(0.1 + 0.05 * f64::from(worker)),
            })
        };
        run.tables.workers = (0..6).flat_map(worker).collect();
        let layer = |name: &str, error: f64| LayerRow {
            round: 40,
            layer: name.to_owned(),
            compared: 100,
            decoding_error: Some(error),
            honest_crossover: Some(0.2 + error),
            adversary_crossover: Some(0.8 - error),
        };
        run.tables.layers = vec![layer("conv1", 0.1), layer("linear", 0.2 + share / 9.0)];
        let label = |worker: u32| {
            (0..4).map(move |label| LabelRow { worker, label, samples: u64::from(worker * 5) + 3 })
        };
        run.tables.labels = (0..6).flat_map(label).collect();
        let span = |worker: Option<u32>, what, from_s: f64, until_s: f64| TimelineRow {
            worker,
            what,
            round: Some(0),
            from_s,
            until_s,
        };
        run.tables.timeline = vec![
            span(None, Activity::Round, 0.0, 1.0),
            span(Some(0), Activity::Download, 0.0, 0.1),
            span(Some(0), Activity::Compute, 0.1, 0.6),
            span(Some(1), Activity::Upload, 0.5, 0.9),
            span(Some(2), Activity::Away, 0.2, 1.0),
            span(Some(3), Activity::Late, 0.7, 0.7),
            span(Some(4), Activity::LostUp, 0.4, 0.4),
        ];
    }
    all
}

#[test]
fn png_svg_and_pdf_show_the_same() {
    let whole = everything();
    let mut painted = 0;
    for figure in [
        r#"{"accuracy_vs_adversaries":{"reference":"chance"}}"#,
        r#"{"accuracy_vs_rounds":{"theme":"dark","panel":"method","group":"adversaries.count"}}"#,
        r#"{"accuracy_vs_setting":{"x":"task.channel.crossover","y_scale":"log","legend":"right","size":"120mm"}}"#,
        r#"{"decoding_error_vs_adversaries":{"theory":"bounds"}}"#,
        r#"{"weights_vs_rounds":{}}"#,
        r#"{"crossover_histogram":{}}"#,
        r#"{"layer_crossovers":{}}"#,
        r#"{"phase_diagram":{"y":"task.channel.crossover","values":true}}"#,
        r#"{"time_to_accuracy":{"accuracy":0.5}}"#,
        r#"{"timeline":{"where":{"method":"signsgd_mv","adversaries.count":3},"title":"a *title*"}}"#,
        r#"{"method_table":{}}"#,
        r#"{"label_partition":{"font":"10pt"}}"#,
    ] {
        let spec: FigureSpec = serde_json::from_str(figure).unwrap();
        let files = files(&spec.shown(&whole), &spec.options);
        let of = |ending: &str| &files.iter().find(|(known, _)| *known == ending).unwrap().1;
        let png = Picture::of_png(of("png"));
        assert!(png.has_ink(), "{figure}");
        let svg = Picture::of_svg(std::str::from_utf8(of("svg")).unwrap(), png.width, png.height);
        let check = |what: &str, other: &Picture, most: f64| {
            let unlike = png.unlike(other, (0, 0));
            println!("{} {what} {unlike:.5}", spec.word());
            assert!(unlike <= most, "{figure}: {unlike} of {what} is unlike");
            // Where it stands it fits best: a line is drawn where it is drawn.
            for aside in [(3, 0), (0, 3)] {
                let moved = png.unlike(other, aside);
                assert!(moved > unlike, "{figure}: {what} fits better by {aside:?}: {moved} to {unlike}");
            }
        };
        check("SVG", &svg, MOST_SVG);
        if let Some(pdf) = Picture::of_pdf(of("pdf")) {
            assert!(pdf.width.abs_diff(png.width) <= 2 && pdf.height.abs_diff(png.height) <= 2, "{figure}");
            check("PDF", &pdf, MOST_PDF);
            painted += 1;
        }
    }
    if painted == 0 {
        println!("SKIPPED: PDF, for there is no pdftoppm (poppler-utils)");
    }
}
