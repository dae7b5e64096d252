//! Questions → answers: the process beside `true`; an exact code and a free-text question in process beside SQLite FTS5 (trigrams) and
//! tantivy (words of jieba), all three over the same catalogue; and how often each of them puts an acceptable condition first.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use posdx_catalogue::Catalogue;
use posdx_catalogue::find::understood;
use posdx_catalogue::search::search;
use posdx_catalogue::spelling::key;
use posdx_embedded::catalogue;
use posdx_explain::{Question, explain};

use crate::measure::{each, ratio};

/// One line of a question set.
struct Asked {
    text: String,
    accepted: Vec<String>,
}

/// All three comparisons.
pub fn compare(root: &Path) {
    processes(&root.join("target/release/posdx"));
    let documents = documents(catalogue());
    let sqlite = Sqlite::new(&documents);
    let tantivy = Tantivy::new(&documents);
    in_process(&sqlite, &tantivy);
    for name in ["questions.tsv", "blind.tsv"] {
        let asked = read(&root.join("crates/explain/tests").join(name));
        quality(name, &asked, &sqlite, &tantivy);
    }
}

/// Everything written about a condition, as one text: what all three engines get to see.
fn documents(c: &Catalogue) -> Vec<(String, String)> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for code in c.codes() {
        let record = c.code_record(code);
        let all = names.entry(record.condition).or_default();
        *all += &format!("{} {} ", record.name.zh, record.name.en);
    }
    c.conditions()
        .map(|x| {
            let texts = [x.title.zh, x.title.en, x.asks.join(" "), x.cashier.zh, x.cashier.en, x.agent.zh, x.agent.en, names.remove(&x.id).unwrap_or_default()];
            (x.id, texts.join(" "))
        })
        .collect()
}

fn read(path: &Path) -> Vec<Asked> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines()
        .filter_map(|l| {
            let mut cells = l.split('\t');
            Some(Asked { text: cells.next()?.to_owned(), accepted: cells.next()?.split('|').map(str::to_owned).collect() })
        })
        .filter(|a| a.accepted != ["-"])
        .collect()
}

/// Median time of `runs` runs of a process.
fn process(program: &Path, args: &[&str], runs: usize) -> Duration {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            let status = Command::new(program).args(args).stdout(Stdio::null()).status().unwrap_or_else(|e| panic!("{}: {e}", program.display()));
            assert!(status.success());
            start.elapsed()
        })
        .collect();
    times.sort();
    times[runs / 2]
}

fn processes(posdx: &Path) {
    let empty = process(Path::new("/bin/true"), &[], 300);
    let ours = process(posdx, &["explain", "C101", "--json"], 300);
    let words = process(posdx, &["explain", "刷卡机说余额不足", "--json"], 300);
    println!("process, median of 300: true {empty:?}; explain C101 --json {ours:?} = {:.2}x; explain 刷卡机说余额不足 {words:?} = {:.2}x", ratio(ours, empty), ratio(words, empty));
}

fn in_process(sqlite: &Sqlite, tantivy: &Tantivy) {
    let c = catalogue();
    let find = each(|| {
        black_box(c.codes_spelled(black_box("C101")).next());
    });
    let record = each(|| {
        black_box(c.codes_spelled(black_box("C101")).next().map(|code| c.code_record(code)));
    });
    let spelled = each(|| {
        black_box(c.codes_spelled(&key(black_box(" c101 "))).next());
    });
    let whole = each(|| {
        black_box(explain(c, Question { text: black_box("C101"), place: None }));
    });
    let by_sql = each(|| {
        black_box(sqlite.code(black_box("C101")));
    });
    println!("exact code: found {find:?}, spelled first {spelled:?}, with its record {record:?}, whole explanation {whole:?}; SQLite by index {by_sql:?} = {:.0}x of found", ratio(by_sql, find));
    let question = "刷卡机说余额不足";
    let ours = each(|| {
        black_box(search(c, &understood(c, black_box(question)), 12));
    });
    let found = each(|| {
        black_box(posdx_catalogue::find::find(c, black_box(question), None));
    });
    let answer = each(|| {
        black_box(explain(c, Question { text: black_box(question), place: None }));
    });
    let fts = each(|| {
        black_box(sqlite.search(black_box(question)));
    });
    let tan = each(|| {
        black_box(tantivy.search(black_box(question)));
    });
    println!("free text: ranked {ours:?}, read {found:?}, whole explanation {answer:?}; FTS5 {fts:?} = {:.1}x, tantivy + jieba {tan:?} = {:.1}x of ours", ratio(fts, ours), ratio(tan, ours));
}

fn quality(name: &str, asked: &[Asked], sqlite: &Sqlite, tantivy: &Tantivy) {
    let c = catalogue();
    let share = |top: &dyn Fn(&str) -> Option<String>| {
        let right = asked.iter().filter(|a| top(&a.text).is_some_and(|t| a.accepted.contains(&t))).count();
        100.0 * right as f64 / asked.len() as f64
    };
    let ours = share(&|q| search(c, &understood(c, q), 1).first().and_then(|h| c.conditions().nth(h.document)).map(|x| x.id));
    println!(
        "first place on {name} ({} questions with an answer): posdx {ours:.1} %, FTS5 trigrams {:.1} %, tantivy + jieba {:.1} %",
        asked.len(),
        share(&|q| sqlite.search(q)),
        share(&|q| tantivy.search(q))
    );
}

/// The same documents in SQLite: FTS5 with trigrams, the tokenizer that needs no dictionary for Chinese, and codes under an index.
struct Sqlite(rusqlite::Connection);

impl Sqlite {
    fn new(documents: &[(String, String)]) -> Self {
        let db = rusqlite::Connection::open_in_memory().expect("SQLite opens");
        db.execute_batch("create virtual table d using fts5(id unindexed, body, tokenize = 'trigram'); create table code(key text, id text); create index k on code(key);").expect("tables");
        for (id, body) in documents {
            db.execute("insert into d values (?, ?)", (id, body)).expect("inserted");
        }
        let c = catalogue();
        for code in c.codes() {
            let id = c.code_id(code);
            db.execute("insert into code values (?, ?)", (key(&id.value), id.to_string())).expect("inserted");
        }
        Sqlite(db)
    }

    fn code(&self, key: &str) -> Option<String> {
        self.0.prepare_cached("select id from code where key = ?").expect("prepared").query_row([key], |r| r.get(0)).ok()
    }

    fn search(&self, question: &str) -> Option<String> {
        // Any of the question's trigrams; a phrase query would find only literal repetitions.
        let chars: Vec<char> = question.chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect();
        let any: Vec<String> = chars.windows(3).map(|w| format!("\"{}\"", w.iter().collect::<String>())).collect();
        self.0.prepare_cached("select id from d where d match ? order by bm25(d) limit 1").expect("prepared").query_row([any.join(" OR ")], |r| r.get(0)).ok()
    }
}

/// The same documents in tantivy, with words cut by jieba.
struct Tantivy {
    searcher: tantivy::Searcher,
    parser: tantivy::query::QueryParser,
    id: tantivy::schema::Field,
    jieba: jieba_rs::Jieba,
}

impl Tantivy {
    fn new(documents: &[(String, String)]) -> Self {
        use tantivy::schema::{STORED, STRING, Schema, TEXT};
        let jieba = jieba_rs::Jieba::new();
        let mut schema = Schema::builder();
        let id = schema.add_text_field("id", STRING | STORED);
        let body = schema.add_text_field("body", TEXT);
        let index = tantivy::Index::create_in_ram(schema.build());
        let mut writer = index.writer_with_num_threads(1, 50_000_000).expect("a writer");
        for (name, text) in documents {
            writer.add_document(tantivy::doc!(id => name.as_str(), body => cut(&jieba, text))).expect("added");
        }
        writer.commit().expect("committed");
        let searcher = index.reader().expect("a reader").searcher();
        Tantivy { searcher, parser: tantivy::query::QueryParser::for_index(&index, vec![body]), id, jieba }
    }

    fn search(&self, question: &str) -> Option<String> {
        use tantivy::schema::Value;
        let clean: String = question.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
        let (query, _) = self.parser.parse_query_lenient(&cut(&self.jieba, &clean));
        let top = self.searcher.search(&query, &tantivy::collector::TopDocs::with_limit(1).order_by_score()).expect("searched");
        let document: tantivy::TantivyDocument = self.searcher.doc(top.first()?.1).expect("stored");
        document.get_first(self.id)?.as_str().map(str::to_owned)
    }
}

/// Words with blanks between them, which tantivy's own tokenizer then splits.
fn cut(jieba: &jieba_rs::Jieba, text: &str) -> String {
    jieba.cut_for_search(text, true).iter().map(|t| t.word.to_owned()).collect::<Vec<_>>().join(" ")
}
