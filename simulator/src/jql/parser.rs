//! Parses JQL into a syntax tree.

use super::JqlError;
use super::lexer::{Token, lex, reserved};

#[derive(Clone, Debug)]
pub enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Clause(Clause),
}

#[derive(Clone, Debug)]
pub struct Clause {
    pub field: String,
    pub operator: Operator,
    /// One, or those of a list.
    pub values: Vec<Operand>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equals,
    Differs,
    Contains,
    ContainsNot,
    Above,
    From,
    Below,
    UpTo,
    In,
    NotIn,
    Is,
    IsNot,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// Bare, so that a number is a number.
    Bare(String),
    Quoted(String),
    Call(String, Vec<String>),
    Empty,
}

impl Operand {
    pub fn text(&self) -> &str {
        match self {
            Self::Bare(text) | Self::Quoted(text) | Self::Call(text, _) => text,
            Self::Empty => "EMPTY",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Sorting {
    pub field: String,
    pub descending: bool,
}

#[derive(Clone, Debug)]
pub struct Query {
    pub filter: Option<Node>,
    pub order: Vec<Sorting>,
}

/// The syntax tree of a query.
pub fn parse(text: &str) -> Result<Query, JqlError> {
    let mut parser = Parser { tokens: lex(text)?, at: 0 };
    let ordered = |parser: &Parser| parser.keyword_at(0, "order") && parser.keyword_at(1, "by");
    let filter = if parser.peek().is_none() || ordered(&parser) { None } else { Some(parser.either()?) };
    let mut order = Vec::new();
    if ordered(&parser) {
        parser.at += 2;
        loop {
            let field = parser.word()?;
            let descending = parser.take_keyword("desc");
            if !descending {
                parser.take_keyword("asc");
            }
            order.push(Sorting { field, descending });
            if !parser.take_symbol(",") {
                break;
            }
        }
    }
    match parser.peek() {
        None => Ok(Query { filter, order }),
        Some(_) => Err(parser.unexpected("a logical operator such as 'AND' or 'OR', or 'ORDER BY'")),
    }
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|token| &token.0)
    }

    fn keyword_at(&self, ahead: usize, keyword: &str) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some((Token::Word(word), _)) if word.eq_ignore_ascii_case(keyword))
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let there = self.keyword_at(0, keyword);
        self.at += usize::from(there);
        there
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let there = matches!(self.peek(), Some(Token::Symbol(found)) if *found == symbol);
        self.at += usize::from(there);
        there
    }

    fn unexpected(&self, wanted: &str) -> JqlError {
        let message = match self.tokens.get(self.at) {
            Some((Token::Word(word) | Token::Quoted(word), at)) => {
                format!("Error in the JQL Query: Expecting {wanted} but got '{word}'. (line 1, character {})", at + 1)
            }
            Some((Token::Symbol(symbol), at)) => {
                format!("Error in the JQL Query: Expecting {wanted} but got '{symbol}'. (line 1, character {})", at + 1)
            }
            None => format!("Error in the JQL Query: Expecting {wanted} before the end of the query."),
        };
        JqlError::new(message)
    }

    fn either(&mut self) -> Result<Node, JqlError> {
        let mut parts = vec![self.both()?];
        while self.take_keyword("or") {
            parts.push(self.both()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::Or(parts) })
    }

    fn both(&mut self) -> Result<Node, JqlError> {
        let mut parts = vec![self.not()?];
        while self.take_keyword("and") {
            parts.push(self.not()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::And(parts) })
    }

    fn not(&mut self) -> Result<Node, JqlError> {
        if self.take_keyword("not") || self.take_symbol("!") {
            return Ok(Node::Not(Box::new(self.not()?)));
        }
        if self.take_symbol("(") {
            let inside = self.either()?;
            return if self.take_symbol(")") { Ok(inside) } else { Err(self.unexpected("')'")) };
        }
        let field = self.word()?;
        let operator = self.operator()?;
        let values = match operator {
            Operator::In | Operator::NotIn => self.list()?,
            _ => vec![self.operand()?],
        };
        Ok(Node::Clause(Clause { field, operator, values }))
    }

    /// A field's name.
    fn word(&mut self) -> Result<String, JqlError> {
        match self.tokens.get(self.at).cloned() {
            Some((Token::Word(word), at)) if reserved(&word) => Err(reserved_word(&word, at)),
            Some((Token::Word(word) | Token::Quoted(word), _)) => {
                self.at += 1;
                Ok(word)
            }
            _ => Err(self.unexpected("a field name")),
        }
    }

    fn operator(&mut self) -> Result<Operator, JqlError> {
        let negated = self.keyword_at(0, "not") && self.keyword_at(1, "in");
        if negated {
            self.at += 2;
            return Ok(Operator::NotIn);
        }
        if self.take_keyword("in") {
            return Ok(Operator::In);
        }
        if self.take_keyword("is") {
            return Ok(if self.take_keyword("not") { Operator::IsNot } else { Operator::Is });
        }
        let found = match self.peek() {
            Some(Token::Symbol("=")) => Operator::Equals,
            Some(Token::Symbol("!=")) => Operator::Differs,
            Some(Token::Symbol("~")) => Operator::Contains,
            Some(Token::Symbol("!~")) => Operator::ContainsNot,
            Some(Token::Symbol(">")) => Operator::Above,
            Some(Token::Symbol(">=")) => Operator::From,
            Some(Token::Symbol("<")) => Operator::Below,
            Some(Token::Symbol("<=")) => Operator::UpTo,
            _ => return Err(self.unexpected(
                "an operator, one of '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT',",
            )),
        };
        self.at += 1;
        Ok(found)
    }

    fn list(&mut self) -> Result<Vec<Operand>, JqlError> {
        if !self.take_symbol("(") {
            // `sprint in openSprints()` needs no further parentheses.
            return Ok(vec![self.operand()?]);
        }
        let mut values = vec![self.operand()?];
        while self.take_symbol(",") {
            values.push(self.operand()?);
        }
        if self.take_symbol(")") { Ok(values) } else { Err(self.unexpected("',' or ')'")) }
    }

    fn operand(&mut self) -> Result<Operand, JqlError> {
        let Some((token, at)) = self.tokens.get(self.at).cloned() else { return Err(self.unexpected("a value")) };
        match token {
            Token::Quoted(word) => {
                self.at += 1;
                Ok(Operand::Quoted(word))
            }
            Token::Word(word) => {
                self.at += 1;
                if word.eq_ignore_ascii_case("empty") || word.eq_ignore_ascii_case("null") {
                    return Ok(Operand::Empty);
                }
                if self.take_symbol("(") {
                    return self.call(word);
                }
                if reserved(&word) { Err(reserved_word(&word, at)) } else { Ok(Operand::Bare(word)) }
            }
            Token::Symbol(_) => Err(self.unexpected("a value, a list or a function")),
        }
    }

    fn call(&mut self, name: String) -> Result<Operand, JqlError> {
        let mut arguments = Vec::new();
        while !self.take_symbol(")") {
            arguments.push(self.operand()?.text().to_string());
            self.take_symbol(",");
        }
        Ok(Operand::Call(name, arguments))
    }
}

fn reserved_word(word: &str, at: usize) -> JqlError {
    JqlError::new(format!(
        "Error in the JQL Query: '{word}' is a reserved JQL word. You must surround it in quotation marks to use it in a query. (line 1, character {})",
        at + 1
    ))
}
