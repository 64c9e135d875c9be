"""What in a request is no wish for a walk: orders to the machine, markup, code, control characters.

A request may carry text that somebody planted: pasted from a page, a post or a file. Nobody follows
it here in any case, since words of a request are only ever copied; but read as wishes, such words
would send a person to look for a place called "SYSTEM". They are blanked out before the request is
read, each by a character of no meaning, so that every position in the text stays what it was.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# A terminal's links with their text, its other commands, and text that runs backwards.
_ESCAPES: Final = re.compile(
    r"\x1b\]8;;[^\x07\n]+\x07.*?\x1b\]8;;\x07|\u202e[^\u202c\n]*"
    r"|\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b."
)
# A machine's markup, with what stands inside where that is no text for people.
_MARKUP: Final = re.compile(
    r"""
      <\|?\w*start\w*\|>.*?(?:<\|[^|>]*\|>|$) (?:[ \w]*<\|[^|>]*\|>)?   # a turn of a chat
    | <(system|script|style|instructions?)\b[^>]*>.*?(?:</\1>|$)        # an element and its text
    | ```.*?(?:```|$)                                                   # a block of code
    | <</?[A-Z]{2,}>> | \[/?INST\] | </?s>                              # turns of other models
    | <[|/!]?[A-Za-z][^<>\n]{0,200}>                                    # any other tag
    | \{\{.*?\}\} | \{%.*?%\} | \$\([^)\n]*\) | \$\{[^}\n]*\}           # templates, shells
    | \{\s*"[^\n]*\}                                                    # an object of JSON
    | !?\[[^\]\n]*\]\([^)\n]*\)                                         # links of Markdown
    | \[\[[^\]\n]*\]\] | \[/?[a-z][^\[\]\n]{0,80}\]                     # tags in brackets
    | ';[^\n]*?--                                                       # a line of SQL
    """,
    re.VERBOSE | re.DOTALL,
)
_ADDRESS: Final = re.compile(r"\b[a-z][a-z0-9+.-]{1,9}://\S+", re.IGNORECASE)
# Where one thing said ends and the next begins; the point of a time or an address ends none.
_SENTENCE: Final = re.compile(r"(?:[^.!?\n。！？]|[.!?](?=\w))+(?:[.!?。！？]+|\n|$)|[.!?\n。！？]")  # noqa: RUF001 - full stops of other scripts
_PART: Final = re.compile(r"(?<=[,;])")

# Things that only a machine has, or does.
_THING: Final = (
    r"(?:instructions?|rules?|prompts?|grammar|format|(?:json|xml|html|yaml|csv|markdown)"
    r"|system|message|output|answer|response|reply|lists?|screen|exit\s+code|command|commands"
    r"|poem|capital\s+letters|word|line|lines|narrative|sentence|everything\s+(?:above|before)|above"
    r"|function|user|role|plans?|checks?|database|file|files|hidden|secret|password|library)"
)
_UNDO: Final = (
    r"\b(?:ignore|disregard|forget|override|bypass|skip|drop|cancel|stop\s+following)\b"
    r"(?:\W+\w+){0,4}?\W+(?:instructions?|rules?|prompts?|grammar|guidelines|user|checks?"
    r"|told|format|system)\b"
)
_ANSWER: Final = (
    r"^\W*(?:please\s+)?(?:respond|reply|output|print|repeat|translate|echo|answer|say)\b"
    rf"(?=.*\b(?:{_THING}|only|twice|times|it|yes)\b)"
)
_WRITE: Final = (
    r"\b(?:print|output|reveal|display|show|write|repeat|leak)\b(?:\W+\w+){0,3}?\W+"
    r"(?:your|the|an?|hidden|system|it)?\W*(?:system\s+prompt|prompts?|rules|instructions|json"
    r"|xml|poem|empty\s+list|debug|word\s+for\s+word|phishing|nothing)\b"
)
_DELETE: Final = (
    r"\b(?:delete|remove|erase|wipe)\s+(?:all|every|the)\s+(?:\w+\s+)?"
    r"(?:plans?|files?|data|places)\b"
)
_SPEAKER: Final = (
    r"^\W*(?:system|assistant|user|human|role|content|instruction|response|new\s+rule)\s*:"
)
_FOREIGN: Final = (
    r"\bignor(?:ez|iere?n?|ar?e?|a)\b.*(?:instruc|anweisung|istruzion|regeln|règles|reglas|prompt)"
)
_ORDERS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Undoing what was said, and making it write something else.
        _UNDO,
        _ANSWER,
        _WRITE,
        r"\b(?:every|each)\s+(?:line|sentence|answer|word)\b.*\b(?:must|has\s+to|should|begin)\b",
        r"\b(?:must|has\s+to|should)\b.*\b(?:every|each)\s+(?:line|sentence|answer|word)\b",
        r"\byou\s+(?:must|will|should)\s+(?:only\s+)?(?:answer|respond|reply|output|obey)\b",
        r"^\W*(?:with|without|in|as|using)\s+(?:an?\s+)?(?:lists?|json|xml|html|yaml|poem)\b",
        # Saying what it is: "you are now", "as your administrator", "pretend".
        r"\byou\s+are\s+(?:now|free\s+now|no\s+longer)\b",
        r"\b(?:developer|debug|admin|god|jailbreak)\s+mode\b",
        r"\b(?:as|i\s+am)\s+(?:your|the)\s+(?:administrator|developer|owner|system|boss)\b",
        r"^\W*pretend\b",
        r"\bwhat\s+(?:were\s+you|are\s+your|is\s+your)\s+(?:told|rules|instructions|prompt)",
        r"\byou\s+plan\s+nothing\b|\bdo\s+not\s+verify\b|\bmark\s+everything\b",
        # Giving turns to speakers: "SYSTEM:", "### Response:", "Assistant: …".
        _SPEAKER,
        r"^\W*###|^\W*warning\b",
        # Reaching for the machine: "run the command", "delete all plans", "/etc/passwd".
        r"\b(?:visit|open|click|load|fetch|call|go\s+to)\b\W*[a-z][a-z0-9+.-]{1,9}://",
        r"\b(?:run|execute|call)\s+(?:the|this|a)\s+(?:command|function|script|tool|code)\b",
        _DELETE,
        r"(?:^|\s)/(?:etc|bin|usr|home|root|tmp|var)/\w+|\brm\s+-\w+\b|\bsudo\s|\bdrop\s+table\b",
        r"\bexit\s+code\b|\broot@|\bsystem\s+prompt\b|\bprompt\s+injection\b",
        r"\btest\s+of\s+the\s+\w+\s+system\b|\broot\s+element\b",
        # The same in other tongues.
        _FOREIGN,
        r"игнорир\w*.*(?:инструкц|правил)|忽略.*(?:指令|指示|提示)|無視.*(?:指示|命令)",
    )
)


def wishes_only(text: str) -> str:
    """Return a request with everything blanked out that is no wish for a walk.

    Parameters
    ----------
    text
        What a person typed or pasted.

    Returns
    -------
    str
        A text of the same length. Where words were taken out, a full stop stands in their place,
        so that what stood around them is not read together.
    """
    if len(text) == 0:
        return text
    clean = _blank(_ESCAPES, text)
    clean = _blank(_MARKUP, clean)
    clean = "".join(
        " "
        if unicodedata.category(each) in {"Cc", "Cf", "Cs", "Co"} and each not in "\n\t\u200d"
        else each
        for each in clean
    )
    return _blank(_ADDRESS, _SENTENCE.sub(lambda match: _without_orders(match[0]), clean))


def was_said(text: str, *spans: str | None) -> bool:
    """Tell whether each span stands in a text, whatever the white space between its words.

    Where something was blanked out in the middle of a span, the rest of it was never said so.
    """
    whole = " ".join(text.split())
    return all(not span or span in whole for span in spans)


def _without_orders(sentence: str) -> str:
    """Blank out the parts of a sentence that are orders, or all of it if it is one as a whole."""
    if not _is_order(sentence):
        return sentence
    parts = _PART.split(sentence)
    if len(parts) == 1 or not any(map(_is_order, parts)):
        return _dotted(len(sentence))
    return "".join(_dotted(len(part)) if _is_order(part) else part for part in parts)


def _is_order(sentence: str) -> bool:
    return any(order.search(sentence) for order in _ORDERS)


def _blank(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(_gap, text)


def _gap(match: re.Match[str]) -> str:
    return _dotted(len(match[0]))


def _dotted(length: int) -> str:
    return "." + " " * (length - 1) if length else ""
