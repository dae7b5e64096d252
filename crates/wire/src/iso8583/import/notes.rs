//! What an import could not say exactly, in both languages.

use posdx_model::{Text, mask_card_data};

use super::Note;

/// The list of notes while a source is being read. Bounded, so that a hostile file cannot fill the memory.
#[derive(Default)]
pub(super) struct Notes(Vec<Note>);

/// More notes than this tell nobody anything.
const MOST: usize = 2000;

impl Notes {
    /// Adds a note about `field` (empty for the whole file) at `line` of the source (0 when it has none).
    pub(super) fn add(&mut self, field: impl Into<String>, line: usize, text: Text) {
        if self.0.len() < MOST {
            self.0.push(Note { field: field.into(), line: (line > 0).then_some(line), text });
        }
    }

    /// The notes in the order of the source; those without a line first.
    pub(super) fn into_inner(mut self) -> Vec<Note> {
        self.0.sort_by_key(|note| note.line);
        self.0
    }
}

/// A word of the source fit for showing: short, on one line, card data hidden.
pub(super) fn shown(word: &str) -> String {
    let plain: String = word.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    let plain = mask_card_data(plain.split_whitespace().collect::<Vec<_>>().join(" ").as_str());
    if plain.chars().count() > 80 { plain.chars().take(79).chain(['…']).collect() } else { plain }
}

fn text(zh: impl Into<String>, en: impl Into<String>) -> Text {
    Text::new(zh, en)
}

pub(super) fn unknown_class(class: &str) -> Text {
    let class = shown(class);
    text(
        format!("不认识类 {class}，该域没有写进方言文件，沿用基础方言的定义。请按接口文档手工补上"),
        format!(
            "The class {class} is not known; the field was left out and keeps what the base says. Add it by hand from the host's document"
        ),
    )
}

pub(super) fn guessed_class(class: &str, format: &str) -> Text {
    let class = shown(class);
    text(
        format!("jPOS 没有类 {class}，按名字的规律当作 {format}，请核对"),
        format!("jPOS has no class {class}; taken for {format} by the pattern of its name. Check it"),
    )
}

pub(super) fn bad_number(what: &str) -> Text {
    let what = shown(what);
    text(format!("“{what}”不是 2 到 128 的域号，没有写进方言文件"), format!("`{what}` is no field from 2 to 128 and was left out"))
}

pub(super) fn bad_length() -> Text {
    text("长度缺失或不是数字，该域没有写进方言文件", "The length is missing or no number; the field was left out")
}

pub(super) fn twice() -> Text {
    text("该域定义了两次，以后一次为准", "The field is defined twice; the later one was taken")
}

pub(super) fn capped(from: usize, to: usize) -> Text {
    text(
        format!("最大长度 {from} 超出长度前缀能表示的范围，改为 {to}"),
        format!("The largest length {from} is more than the length prefix can say; {to} was put"),
    )
}

pub(super) fn long_prefix(source: usize, put: usize) -> Text {
    text(
        format!("长度前缀有 {source} 位，方言文件最多 4 位；写成 {put} 位，本域之后的内容会解错"),
        format!(
            "The length prefix has {source} digits, a dialect has 4 at most; {put} were put, and what follows this field will be read wrongly"
        ),
    )
}

pub(super) fn hex_prefix() -> Text {
    text(
        "长度前缀是十六进制字母，方言文件没有这种写法；按十进制文本写，只有长度小于 10 时能解对",
        "The length prefix is written in hexadecimal letters, which a dialect cannot say; decimal text was put, right only below a length of 10",
    )
}

pub(super) fn hex_value() -> Text {
    text(
        "值是以十六进制字母书写的字节，写成两倍长度的文本",
        "The value is bytes written as hexadecimal letters; text of twice the length was put",
    )
}

pub(super) fn hex_value_counted() -> Text {
    text(
        "值是以十六进制字母书写的字节，而长度前缀按字节计；写成 b 并注明 coding = \"ascii\" 或 \"ebcdic\"，请用真实报文核对",
        "The value is bytes written as hexadecimal letters while the prefix counts bytes; b with coding = \"ascii\" or \"ebcdic\" was put. Check it on a real message",
    )
}

pub(super) fn packed_sign(bytes: usize) -> Text {
    text(
        format!("一个符号字母后跟压缩数字，方言文件的 x 只能全是文本；写成 {bytes} 字节的 b"),
        format!("A sign letter followed by packed digits; x is text only in a dialect, so b of {bytes} bytes was put"),
    )
}

pub(super) fn signed_digit() -> Text {
    text("末位字符同时带符号（EBCDIC 分区十进制），写成文本", "The last character carries the sign as well (zoned EBCDIC); text was put")
}

pub(super) fn translated_bytes() -> Text {
    text("字节按字符转换为 EBCDIC，写成 EBCDIC 文本", "The bytes are translated to EBCDIC as if they were characters; EBCDIC text was put")
}

pub(super) fn filled_block(prefix: usize) -> Text {
    text(
        format!("长度前缀之后总是填满最大长度；写成定长，开头 {prefix} 个单位是真实长度"),
        format!("The value is always filled up behind its length; a fixed field was put, whose first {prefix} units are the true length"),
    )
}

pub(super) fn rounded_even() -> Text {
    text(
        "长度前缀总是进到偶数位，奇数位的值会多出一位填充",
        "The length prefix is rounded up to an even number of digits; an odd value shows one digit of filling",
    )
}

pub(super) fn filler_f() -> Text {
    text(
        "奇数位时末尾用 F 填充，而长度按字节计，读出的值可能带 F",
        "An odd number of digits is filled with F at the end while the length counts bytes; the value may show the F",
    )
}

pub(super) fn token_end() -> Text {
    text(
        "值以一个分隔符结束，没有长度；方言文件没有这种写法",
        "The value ends with a separator and has no length, which a dialect cannot say",
    )
}

pub(super) fn not_sent() -> Text {
    text(
        "源文件说本域不占字节或不使用，没有写进方言文件，沿用基础方言的定义",
        "The source says that this field takes no bytes or is not used; it was left out and keeps what the base says",
    )
}

pub(super) fn inner_bitmap() -> Text {
    text(
        "子域由内部位图决定是否出现，方言文件没有这种写法；整个域当作一个值",
        "A bitmap inside the field says which parts are there, which a dialect cannot say; the field was put as one value",
    )
}

pub(super) fn length_before_tag() -> Text {
    text(
        "子域的长度写在标签之前并把标签计算在内，方言文件没有这种写法；整个域当作一个值",
        "Inside, the length stands before the tag and counts it, which a dialect cannot say; the field was put as one value",
    )
}

pub(super) fn mixed_inside() -> Text {
    text(
        "子域的标签或长度写法不一致，方言文件只能说一种；整个域当作一个值",
        "The parts write tags or lengths in different ways, and a dialect can say one only; the field was put as one value",
    )
}

pub(super) fn binary_tag() -> Text {
    text(
        "子域的标签或长度是二进制，方言文件只有字符写法；整个域当作一个值",
        "Tags or lengths inside are binary; a dialect has characters only. The field was put as one value",
    )
}

pub(super) fn nested() -> Text {
    text(
        "子域里还有子域，方言文件只有一层；里面的一层没有写入",
        "The part has parts of its own; a dialect has one level, so the inner one was left out",
    )
}

pub(super) fn packed_part() -> Text {
    text("字节域或文本域里的压缩数字按字节写出", "Packed digits inside a field of bytes or text were put as bytes")
}

pub(super) fn part_prefix() -> Text {
    text(
        "子域长度前缀的写法与整个文件不同，方言文件的子域没有单独的长度写法，请核对",
        "The part's length is written differently from the file's default, and a part has no length coding of its own. Check it",
    )
}

pub(super) fn part_unknown() -> Text {
    text("从这个子域起无法表达，其余部分合成一个值", "From this part on it cannot be said; the rest was put as one value")
}

pub(super) fn other_meaning(name: &str) -> Text {
    let name = shown(name);
    text(
        format!("源文件称本域为“{name}”，与基础方言的含义不同；已关闭基础方言对它的解释（meaning = \"text\"）"),
        format!(
            "The source calls this field `{name}`, which is not what the base means; the base's reading was switched off (meaning = \"text\")"
        ),
    )
}

pub(super) fn unknown_coding(word: &str) -> Text {
    let word = shown(word);
    text(format!("不认识编码“{word}”，当作 ascii"), format!("The coding `{word}` is not known; ascii was put"))
}

pub(super) fn unknown_prefix(word: &str) -> Text {
    let word = shown(word);
    text(
        format!("不认识长度前缀“{word}”，该域没有写进方言文件"),
        format!("The length prefix `{word}` is not known; the field was left out"),
    )
}

pub(super) fn code_page() -> Text {
    text(
        "EBCDIC 一律按代码页 037 读；源文件用的是别的代码页，字母和数字相同，少数符号（如 [ ] !）可能不同",
        "EBCDIC is read as code page 037; the source names another one. Letters and digits agree, a few signs such as [ ] ! may not",
    )
}

pub(super) fn len_enc_b() -> Text {
    text(
        "len_enc = \"b\" 在 pyiso8583 3.0 起是二进制长度，之前是 BCD；这里按二进制写。若用的是 2.x，请把 lengths 改成 \"bcd\"",
        "len_enc = \"b\" is a binary length since pyiso8583 3.0 and was BCD before; binary was put. With 2.x, change lengths to \"bcd\"",
    )
}

pub(super) fn variable_header() -> Text {
    text(
        "报文头是变长的，方言文件的报文头是定长，没有写入",
        "The header has a variable length; a dialect's header is fixed, so it was left out",
    )
}

pub(super) fn another_table(line: usize) -> Text {
    text(
        format!("文件里还有一张从第 {line} 行开始的表，没有读入；请把它单独存成文件再导入"),
        format!("The file has another table from line {line}, which was not read; save it as a file of its own and import that"),
    )
}

pub(super) fn third_bitmap() -> Text {
    text(
        "源文件使用第三位图（域 129 到 192），方言文件只到 128",
        "The source uses a third bitmap (fields 129 to 192); a dialect ends at 128",
    )
}
