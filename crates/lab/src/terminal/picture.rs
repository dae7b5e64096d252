//! A picture of a slip, as SVG.

use posdx_model::Lang;

use super::slip::Slip;

/// The slip as it comes out of the printer: 58 mm wide, black on white. A drawing of text; it loads nothing.
pub fn picture(slip: &Slip, lang: Lang) -> String {
    let height = 10.0 + slip.lines.len() as f64 * 4.4;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"58mm\" height=\"{height:.1}mm\" viewBox=\"0 0 58 {height:.1}\">\n\
         <rect width=\"58\" height=\"{height:.1}\" fill=\"#fff\"/>\n<g font-family=\"monospace\" font-size=\"2.9\" fill=\"#111\">\n"
    );
    for (row, line) in slip.lines.iter().enumerate() {
        let y = 7.0 + row as f64 * 4.4;
        out.push_str(&format!("<text x=\"3\" y=\"{y:.1}\" xml:space=\"preserve\">{}</text>\n", escaped(line.get(lang))));
    }
    out.push_str("</g>\n</svg>\n");
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
