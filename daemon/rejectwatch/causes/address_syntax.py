"""A sender or recipient address that no mail server can read: full-width letters, blanks, no domain, wrong signs."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, HINT, LIKELY, Words, judged_by, texts
from rejectwatch.facts import WhoActs

_OF_ITS_FORM = 93
"""The form of the address is named, which outweighs all that is said of a sender, a recipient or of characters."""

_FAMILIES = {
    # The address, or a part of it: "the recipient address <…>", "your local part", "MAIL FROM"
    "WHOSE": (
        "(sender|sender's|senders|recipient|recipient's|recipients|rcpt|rcpt to|mail from|from|to|return|reverse|forward|originator"
        "|destination|destination's|target|envelope|envelope sender|envelope recipient|email|e mail|mail|mailbox|user|domain|smtp|internet"
        "|orcpt|path)"
    ),
    "ADDR": (
        "(address|addresses|addr|adress|address's|mailbox|mailboxes|mailbox name|path|paths|local part|localpart|user"
        " part|user name|username"
        "|mailbox part|domain part|domain name|domain literal|address literal|address field|email id|address part)"
    ),
    "WHAT": "([THE|an|a] [WHOSE|WHOSE WHOSE] ADDR [ADDRESS|NAME])",
    "WHOM": "([THE|an|a] (WHAT|sender|recipient|rcpt|mail from|rcpt to|destination|originator) [ADDRESS|NAME])",
    "ILL_FORMED": (
        "(malformed|mal formed|misformed|ill formed|illformed|badly formed|badly formatted|misformatted|mis formatted"
        "|improperly (formed|formatted)"
        "|incorrectly (formed|formatted)|wrongly (formed|formatted)|poorly (formed|formatted)|unparseable|unparsable"
        "|syntactically (invalid|incorrect|wrong|bad)"
        "|not {be|a|an|well|properly|correctly|in|proper|correct|valid|the|right} (formed|formatted|format|syntax)"
        "|not parseable|not parsable)"
    ),
    "RFC": "(rfc|rfc821|rfc822|rfc2821|rfc2822|rfc5321|rfc5322)",
    "WRONG": (
        "(invalid|not valid|illegal|bad|incorrect|wrong|improper|erroneous|faulty|not allowed|not permitted|not accepted"
        "|not correct|not acceptable|unacceptable|error|errors|broken|unsupported|violation|check failed|failed|rejected)"
    ),
    "CHARACTERS": "(character|characters|char|chars|symbol|symbols|letter|letters|byte|bytes|sign|signs|octet|octets)",
    "STRANGE": (
        "(invalid|illegal|bad|forbidden|prohibited|disallowed|unsafe|dangerous|restricted|suspicious|unexpected"
        "|unsupported|special|wrong|not allowed|reserved|odd|strange|funny|improper|unallowed|non permitted"
        "|non ascii|non us ascii|nonascii|8 bit|8bit|eight bit|high bit|control|non printable|nonprintable"
        "|unprintable|multi byte|multibyte|double byte|2 byte|full width|fullwidth|wide|unicode|utf 8|utf8"
        "|international|japanese|chinese|accented|shell|percent|pipe|whitespace|white space|blank)"
    ),
    "CONTAINS": "(contain|contains|containing|contained|has|have|having|with|includes|include|including|use|uses|using)",
    "NEEDS": (
        "(needs|need|must|should|shall|has to|have to|requires|require|required to|is required to|expected to|expecting"
        "|needs to|expects)"
    ),
    "INTERNATIONAL": (
        "(smtputf8|utf8smtp|utf 8 smtp|eai|unicode|utf 8|utf8|non ascii|non us ascii|internationalized|internationalised"
        "|international|idn)"
    ),
}

# The same words of the greeting, of commands and of what stands in the message.
_NOT_AN_ADDRESS = Words(
    r"\baddress space\b|\bip address(?! literal)|\be?helo\b|\bmx\b(?!\.)|\bdns\b|\bname ?server\b|\breal domain\b"
    r"|\bgreeting\b|\breverse dns\b|\bptr\b|\brdns\b|\bclient host\b|\byour host ?name\b|\bvalid host ?name\b|\byour"
    r" ip\b|\bspf\b|\bdkim\b|\bdmarc\b"
)
_OF_THE_MESSAGE = Words(
    r"\bsubject\b|\bmessage id\b|\bdate header\b|\bin (?:the )?(?:message )?headers?\b|\bin (?:the )?(?:body|content"
    r"|message body|attachment|filename|file name)\b|\bmime\b"
    r"|\battach|\bcommand line\b|\bin (?:smtp )?commands?\b|\bparameter|\bpassword\b|\bcharset\b"
)
_KNOWN_OTHERWISE = Words(
    r"\brelay|\bspam|\bblack ?list|\bblock ?list|\bauth|\blog(?:ged)? ?in\b|\bunknown\b|\bnot exist|\bquota\b|\bdoes not exist|\bpolicy\b"
)

judge = judged_by(
    *texts(
        CERTAIN,
        "(address|addresses|recipient|sender|domain) {is|are} not valid (utf 8|utf8)",
        "(no|without|missing|lacks|with|contain|contains|only with) {an|a|the} ADDRESS (sign|symbol|character|mark|znak)",
        "uucp {style|bang} (addressing|addresses|address|path|paths)",
    ),
    *texts(
        CLEAR,
        "(domain|host|domain part|host part|address) ends (in|with) {a|the} (dot|period)",
    ),
    *texts(
        LIKELY,
        "parse error (at|in|near|of|on)",
    ),
    *texts(
        _OF_ITS_FORM,
        # OpenSMTPD "Sender address syntax error", chkuser "rcpt syntax not allowed", 5.1.3 "bad … mailbox address syntax"
        "WHOM syntax [is|was] WRONG",
        "WRONG [or malformed] WHOM syntax",
        "(bad|invalid|wrong|incorrect|illegal) syntax {in|for|of|on|the|your|with|a|an} WHOM",
        "WHOM {has|have|is|with|contains|fails|failed|violates} {a|an|the|of|have} (bad|invalid|wrong|incorrect|illegal|improper) syntax",
        "syntax (error|errors|problem|check|violation) {in|for|of|on|the|your|with|a|an|from|header} (WHAT|sender"
        "|recipient|sender's|recipient's)",
        "WHAT {has|have|a|contains|with|an|is} syntax (error|errors|problem|problems)",
        "syntactically (invalid|incorrect|wrong|illegal|bad|malformed) {or|forbidden|the} WHOM",
        "WHOM {is|was|seems|appears|to|be|are} ILL_FORMED",
        "ILL_FORMED {or|missing|the|your|header} WHOM",
        "(syntax|format) of {the|your|this} WHOM {is|was} (WRONG|INVALID)",
        "WHOM {is|was|does|a|an|ADDRESS} (not|violates|violating|non|fails|breaks|doesn't|isn't) {a|an|valid|conform"
        "|comply|meet|compliant|in|with|the|to|well|per|according|formed|accordance} RFC [2821|5321|5322|822|821|2822"
        "|1035]",
        "(not|n't|non) {a|an|well|valid|in|to|with|the|conform|comply} RFC [2821|5321|5322|822|821|2822] [compliant"
        "|conformant] (ADDR|WHOSE ADDR|mailbox)",
        "RFC {2821|5321|5322|822|821|2822|compliant|conformant|conforming|valid|style} (address|addresses) {is|are"
        "|only} (required|needed|only|expected)",
        "(CANNOT|error) (parse|parsing|interpret|decode|normalize|normalise|canonicalize|canonicalise|canonify"
        "|convert|encode|tokenize|understand|rewrite)"
        " {the|this|that|your|mail|from|rcpt|to|sender|recipient|envelope} (ADDR|sender|recipient|domain)",
        "WHAT (cannot|can't|could not|can not) be (parsed|interpreted|decoded|normalized|normalised|canonicalized|converted|understood)",
        "(punycode|idna) {of|NAME|for|domain|the} (conversion|encoding|decoding|error|failed|failure|invalid)",
        "(invalid|bad|illegal|malformed) {or|encoded} (punycode|idna|idn)",
        "(to|convert) (ascii|punycode|idna)",
        "ADDRESS {is|was} (too long|longer than)",
        "WHOM {can|cannot|can't|may|must|should|is|was|not|mustn't} {not|be} (empty|blank|null)",
        "(recipient|address|rcpt) {may|must|can|cannot|should|not|address} be <>",
        "(empty|blank|null) (recipient|rcpt|mailbox|address|path|destination|forward path) [address]",
        "(no|missing) {recipient|destination|rcpt|mail|valid|e mail|email} (address|addresses) {was|were|has|been|is}"
        " (given|specified|supplied|provided|found|present|entered)",
        "(must|should|please) (give|supply|specify|provide) {a|an|the|at|least|one} (recipient|destination|email|e mail) address",
        "(missing|empty|null|no|zero length|blank|bad|illegal|invalid|malformed|too long|wrong) {or|malformed|invalid"
        "|empty|missing} (local part|localpart|user part|mailbox part|user name part|left hand side)",
        "(local part|localpart|user part|mailbox part) {ADDRESS|of|in|the|address|WHOSE} {is|was|has|be|cannot|must"
        "|not|may|are} {a|an|be|not|of|been} (missing|empty|null|required|too long|invalid|malformed|illegal|zero"
        " length|too short|begin|start|end|quoted|contain|contains)",
        "domain (missing|absent) or malformed",  # Exim's parser
        "unmatched doublequote",
        "local part must not (begin|end)",
        # Sendmail
        "(user address|hostname|colon) required",
        "(recipient|destination) [address] {is|was} (required|missing|empty|not specified)",
        "(contains|has|have|having|includes|with) no (domain|domain part|domain name)",
        "colon illegal in host",
        "invalid route address",
        "list:; syntax illegal",
        "invalid numeric domain spec",
        "(hostname|host name) (is|was) missing",
        # No domain
        "(domain|domain name|domain part|host name|hostname) {is|was|for|in|of|the|WHOSE|ADDRESS|ADDR|must|be|not"
        "|part|name|has} (required|missing|empty|omitted|absent|not specified|not given|unspecified|not present|not"
        " included|specified) [(for|in|from|of) [the|your] WHOM]",
        "WHOM {NEEDS|does|not|is|be} (contain|contains|containing|have|has|include|includes|including|specify|without"
        "|missing|misses|lacks|lacking|needs|requires|with no) {a|an|no|any|valid|required|the|full} (domain|domain"
        " name|domain part|hostname|host name)",
        "must specify (a|the) domain",
        "(no|missing|without a|without|lacks a|lacks|lacking|empty) (domain|domain name|domain part|domainpart"
        "|hostname|host name) {part|name|was|is|given|specified|provided|supplied} (in|given|specified|provided"
        "|supplied|part|for) {the|your} [WHOM]",
        "(missing|no|lacks|without) {a|an|the} ADDRESS (sign|character|symbol|in|is)",
        "(must|should|does not|doesn't) (contain|include|have) {a|an|the|one} ADDRESS",
        "(ADDRESS (format|form|syntax)|(form|format) {of|like|is|the} ADDRESS)",
        "(domain|address|ip address|numeric|ip) (literal|literals) {is|are|in|addresses} (not|unsupported|disallowed"
        "|forbidden|refused|rejected|disabled|turned off|switched off)",
        "(begin|begins|beginning|start|starts|end|ends|ending) with {a|an|the} (dot|period|hyphen|dash)",
        "(dot|dots|period|periods) {before|after|at|in|the|ADDRESS|or|local part|beginning|end|of} {is|are} not (allowed|permitted)",
        "not a valid (email|e mail|mail|internet|smtp) address",
        "(need|needs|require|requires|required|must be|must have|be|use|not|a|is not|isn't|supply|provide|specify"
        "|only|non) [a|an] fully qualified {email|e mail|mail|mailbox|sender|recipient|domain|name|in} [address"
        "|addresses|domain]",
        "fully qualified {email|e mail|mail|domain|name|sender|recipient|mailbox} [address|addresses|name] {is|are} NEEDED",
        "unqualified {email|e mail|sender|recipient|mail|or|WORD|domain} (address|addresses|sender|recipient|name|domain)",
        "(address|sender|recipient) [ADDRESS|NAME] [is|was] (unqualified|not qualified|not fully qualified)",
        "bare (user name|username|local part|localpart)",
        # Signs
        "STRANGE {or|non|ascii|STRANGE} CHARACTERS {IS|were|not|found|detected|allowed|present} (in|within|for"
        "|inside) {the|your|this|a|an|mail|from|rcpt|to|email|e mail} (WHOM|name|domain|address)",
        "WHOM CONTAINS {a|an|some|one|or|more|multiple|other|leading|trailing|STRANGE} STRANGE CHARACTERS",
        "WHOM {must|may|should} CONTAINS {a|an|some|not|only|leading|trailing} (non ascii|non us ascii|8 bit|8bit"
        "|full width|fullwidth|unicode|utf 8|utf8|control|whitespace|white space)",
        "WHOM CONTAINS {a|an|some|one|or|more|multiple|trailing|leading|unbalanced|consecutive|double|two|the|invalid"
        "|illegal|an unquoted|embedded} (space|spaces|blank|blanks|comma|commas|quote|quotes|tab|semicolon|colon"
        "|slash|backslash|dot|dots|period|periods|CHARACTERS|parenthesis|parentheses|brackets)",
        "(space|spaces|blank|blanks|comma|commas|quotes|dot|dots|period|periods|whitespace|white space) {are|is|were"
        "|not|allowed|permitted|found|at|the|end|beginning} (in|of|within|after|before|inside) {the|an|your|domain"
        "|name|end of|a} WHOM",
        "(space|spaces|blanks|comma|commas|quotes|quoted|white space|whitespace) {local|parts|part|strings|string|in"
        "|addresses|address|is|are} not (allowed|permitted|supported|accepted) {in|the|an|your|WHOSE} [WHOM]",
        "(consecutive|double|two|leading|trailing|multiple|spurious|extra|adjacent|successive) (dot|dots|period|periods)",
        "CHARACTERS in (mailname|WHOM) ",
        "(unterminated|unclosed|unbalanced|mismatched|unmatched) {quoted} (string|strings|quote|quotes|quotation"
        "|parenthesis|parentheses|bracket|brackets|comment)",
        "(angle|pointed) (bracket|brackets)",
        "(in|within|with|by|between) (bracket|brackets)",
        "(enclosed|enclose|surrounded|put|quoted|wrapped|within) {it|the|be|address|addresses|in|by|with|between|your"
        "|WHOSE} (<>|< >|<|brackets|'<' and '>')",
        "(missing|no|unbalanced|mismatched|unmatched|without|required|expected|lacks|expecting) {a|an|the|opening"
        "|closing|trailing|leading|required} (<>|< >|'<>'|<|'<'|'>'|>|'('|'<' and '>'|angle|quote|quotes|bracket"
        "|brackets|parenthesis|parentheses)",
        # Letters beyond ASCII
        "INTERNATIONAL {WHOSE|format|or|character|characters} ADDR",
        "smtputf8",
        "(no|not|doesn't|does not|without|lacks) [support|supported|supporting] {for|the|any} INTERNATIONAL",
        "WHOM {ADDRESS|must|may|can|should|is|only|be|contain|consist|of|not} {only|be|contain|pure|us|not|all}"
        " (ascii|7 bit|us ascii|7bit)",
        "WHOM {ADDRESS|is|was|name|are} too (long|short)",
        "(overlong|over long|oversized|excessively long|too long) {a|the|your|an} WHOM",
        "WHAT…(exceeds|exceed|longer than|more than) {the|maximum|max|allowed|limit|of|length|NAME} (length|characters|octets|bytes|chars)",
        "(make sense of|make head or tail of|understand|read) {THE|such|sender|recipient} (address|addresses)",
        "(address|recipient|sender|WHAT) {ADDRESS} (parsing|parse|format|syntax|formatting) (error|errors|failure"
        "|failed|problem|violation)",
        "RFC (violation|error) in {THE} (WHOM|address)",
        "(sender|recipient|address) [ADDRESS|NAME] (lacks|misses|without|needs|has no|missing) {a|an|the} (domain"
        "|host|host part|domain part|at sign|local part|user part|user name)",
        "(8 bit|8bit|non ascii|utf 8|utf8|unicode|international|multibyte) {data|CHARACTERS|text|bytes} {IS|not"
        "|allowed|supported} (in|within|for) {THE} (envelope|envelopes)",
        "(invalid|illegal|improper|wrong) use of {WORD} in {THE} (WHOM|address)",
        "(too few|too many|not enough|wrong number of) (ADDRESS|at signs|ADDRESS signs|dots) {in|for} {THE} (WHOM|address)",
        "domain {has|name|with|without|contains|must|have|contain|needs|at least|part} (no dot|no dots|a dot|one dot"
        "|without dots|without a dot)",
        "(error|errors|mistake|problem|typo) in {the|your|this|recipient|sender|mail|email} (address|addresses): [WORD]",
        "(ADDRESS|dot|domain|at sign) (expected|missing) {after|before|in}",
        "(expected|expecting|unexpected) {ADDRESS|or|a|dot|at sign|end|WORD} {of|after|in|before} {the|input}"
        " (address|local part|addr spec|path|mailbox)",
        "(no|missing) (\"@\"|'@') {found|in|sign|character}",
        "(sender|recipient|address) [address] without {a|an|any} (ADDRESS|domain|at sign|at)",
        "(address|recipient|sender) {is|was|has been|seems|got} (truncated|cut off|incomplete|unreadable|mangled|garbled)",
        "(semicolon|semicolons|comma|commas|newline|newlines|line break|line breaks|tab|tabs|quote|quotes|bracket"
        "|brackets|colon|slash|backslash|ADDRESS) {is|are|found|not|allowed} (in|within|inside) {THE} (address"
        "|addresses|local part|recipient|sender)",
        "address CONTAINS {a|an|some} (newline|newlines|line break|line breaks|carriage return|line feed)",
        "(string|quote|comment|bracket) {is|was} {not} (terminated|unterminated|closed|unclosed|balanced)",
        "(nothing|something|character|characters|text|no text|space) (before|after|left of|right of|in front of"
        "|behind|following) {the} (ADDRESS|at sign)",
        "(address|addresses|mailbox name|mailbox names|local part|local parts|user name|user names) (may|can|must"
        "|should) {only} (contain|consist of|have) {only} {the} (letters|a z|ascii|digits|alphanumeric|latin|lower"
        " case|characters)",
        "(only|just) {the} (letters|a z|ascii|digits|alphanumeric|latin) {and|0 9|characters|digits|numbers|letters"
        "|are|is|allowed|permitted|accepted|possible} (in|for) {THE} (address|addresses|mailbox name|mailbox names"
        "|local part|local parts|user name|user names)",
        "(use|only) {ascii|plain|us|latin|english} (ascii|latin|half width|halfwidth) {letters|characters} (address"
        "|addresses|in addresses|email|e mail) [address|addresses]",
        "(address|email) {ADDRESS} (DOES_NOT|not) (look|seem|appear) {to be|quite} (right|ok|correct|good|sensible|like an address)",
        "(part|domain part|name|domain|host) (before|after|left of|right of|behind) {the} (ADDRESS|at sign)",
        "(missing|illegal|bad|invalid|wrong|malformed|incomplete) (domain|host|domain name) in {THE} {mail|email"
        "|forward|reverse} (address|path|WHOM)",
        "(address|recipient|sender) DOES_NOT {the|expected} (match|fit|follow) {the|a|our|expected|required}"
        " (pattern|form|format|regex|syntax|scheme)",
        "(garbage|junk|rubbish|extraneous|superfluous|extra) {WORD} (after|in|before|behind|following|at) {the|your"
        "|closing|end|of} (WHOM|bracket|brackets)",
        "(multiple|several|two|more than one|too many|only one|double) {email|e mail|recipient} (addresses|address"
        "|ADDRESS) {signs|sign|character} (in|per|found|is|are|given|not|specified)",
        "(underscore|underscores|hyphen|hyphens|full stop|full stops|apostrophe|apostrophes|plus sign|ampersand|at"
        " sign|at signs|ADDRESS (sign|signs)) {is|are|not|allowed|permitted|found|at} (in|within|inside|end) {of|THE"
        "|a|an|mail|email|recipient|sender} (WHOM|domain|domains|domain names|address|addresses|local part)",
        "(address|addresses|local part|recipient|sender) CONTAINS {a|an|one|more than one|multiple|two|several|no}"
        " (underscore|hyphen|apostrophe|at sign|at signs|ADDRESS|ADDRESS (sign|signs|character))",
        "(no|missing|without) {an} at sign",
        "(ascii|us ascii|7 bit) {only|CHARACTERS} {is|are|can|be} (allowed|accepted|permitted|supported|possible) {in"
        "|for} {THE|email|e mail|mail} (address|addresses|WHOM)",
        "(address|recipient|sender|ADDRESS) (fail|fails|failed|failing) {THE|our|a|an|address|recipient|sender|email}"
        " (syntax|format|validity) (check|checks|test|validation)",
        "(invalid|bad|illegal|malformed|wrong) (host part|host name|hostname|domain label|domain part|user part) {in"
        "|of|for} {THE} (WHOM|address)",
        "(domain label|domain labels|label in domain|host label) {is|are|too} (too long|long|longer|invalid|empty|missing)",
        # In other languages
        "(アドレス|メールアドレス|宛先|差出人|送信者|送信元|受信者|あて先)…(形式|書式|構文|文法|フォーマット|全角|使用できない文字|使えない文字|禁止文字)",
        "(形式|書式|構文|全角|文字)…(アドレス|宛先)…(不正|誤|正しく|無効|エラー|使用|使え|含)",
        "(アドレス|宛先)…(全角|ドメイン…(ありません|含まれ|抜け|必要|指定))",
        "(地址|邮箱|郵箱|信箱|邮件地址|收件人|发件人|寄件者|寄件人|收件者)…(格式|语法|語法|非法字符|不合法|不规范)",
        "(格式|语法|語法)…(错误|錯誤|不正确|不正確|无效)…(地址|邮箱|信箱|收件人|发件人)",
        "(주소|수신자|발신자|메일)…(형식|형태|문법)",
        "(keine|nicht) {eine} (gültige|korrekte|vollständige) {e mail|mail|email} adresse",
        "(dirección|direccion|endereço|indirizzo) {WORD} (mal escrita|mal escrito|mal formada|scritto male)",
        "(半角|全角)…(入力|使用|指定)",
        "(アドレス|@)…(以降|以前|書き方|入力)…(間違|誤|違)",
        "(アドレス|宛先|差出人)…ドメイン(名|部)…(ありません|ない|必要)",
        "(주소|메일)…문자",
        "(adressformat|adresssyntax|(adresse|adressen)…(ungültige|unerlaubte|unzulässige|verbotene) zeichen)",
        "(adresse|dirección|endereço|indirizzo)…(caractères|caracteres|caratteri)",
        "адрес~…символ~",
        "(syntax~|format|formatierung)…(adresse|absenderadresse|empfängeradresse|empfänger|absender)",
        "(adresse|absenderadresse|empfängeradresse|absender|empfänger)…(syntax~|format|formatiert|fehlerhaft|falsch"
        " geschrieben|ungültige zeichen|syntaktisch~)",
        "(syntaxe|format)…(adresse|expéditeur|destinataire)",
        "adresse…(mal formée|malformée|mal formulée|syntaxe|mauvais format|format incorrect|format invalide)",
        "(sintaxis|sintaxe|sintassi|formato|formato)…(dirección|direccion|endereço|endereco|indirizzo|remitente"
        "|remetente|mittente|destinatario|destinatário)",
        "(dirección|direccion|endereço|endereco|indirizzo|remitente|remetente|mittente|destinatario"
        "|destinatário)…(mal formad~|mal format~|malformad~|malformat~|sintaxis|sintaxe|sintassi|formato)",
        "(синтакс~|формат~)…(адрес~|отправител~|получател~)",
        "адрес~…(синтакс~|формат~)",
        families=_FAMILIES,
        unless=Words(f"{_NOT_AN_ADDRESS.pattern}|{_OF_THE_MESSAGE.pattern}"),
    ),
    *texts(
        CLEAR,
        "(malformed|unparseable|unparsable|misformatted) (sender|recipient|address|mailbox|path)",
        "(address|email|e mail|mailbox|path|recipient|sender) format",
        "not a (well formed|properly formed|properly formatted|syntactically valid|legal|parseable|real|proper)"
        " {email|e mail|mail|internet|smtp} (address|mailbox)",
        "(not|isn't) {a|an|valid|legal|proper} (legal|valid) (email|e mail|mail|internet|smtp) (address|format|addresses)",
        "WHOM {ADDRESS|does|is} not (look|seem|appear) {to|be|like} {a|an} (valid|email|e mail|proper|address|correct)",
        "(DOES_NOT|not) (look|seem|appear) like {a|an|the} {valid|proper|real|correct|legal} (address|email|e mail|mail address)",
        "(explicit routing|explicit route|percent hack|source (route|routes|routing)|route (address|addresses)|source routed|bang path)",
        "(address|recipient|sender|mail|path) syntax",
        "syntax {error|of|in|the|a|with} (address|recipient|sender|mailbox|email|e mail|local part)",
        "STRANGE CHARACTERS",
        "(domain|domain name) required",
        "must be [a] fully qualified",
        "not (a|an) {complete|full|internet|smtp} (email|e mail|complete|full|internet|complete mail) address",
        "(domain|host) without {a|any} (dot|dots|top level domain|tld)",
        "invalid (host name|hostname)",
        "(unbalanced|unmatched) {WORD}",
        "(invalid|illegal|bad) (8 bit|8bit|utf 8|utf8)",
        "prescan: too many tokens",
        "(user|name|address)(at|ADDRESS)(domain|host)",
        "(address|recipient|sender|mailbox|path|domain|domain name) {ADDRESS|is} too long",
        "address {format|is} {NAME} (invalid format|wrong format|unrecognized format)",
        "(spurious|stray|extra|trailing|leading|unexpected) {WORD} (dot|dots|characters|data|garbage|text) {WORD}"
        " {WORD} (after|in|at|of|before) {the|end} {of} (WHOM|domain name|domain)",
        "(全角|機種依存)",
        "(不正|無効|誤った|正しくない)…(アドレス|宛先|差出人)",
        "(アドレス|差出人|宛先)…(不正|無効|正しくありません|正しくない|間違|誤り)",
        "(无效|無效|非法|错误|不正确)…(地址|邮箱|信箱)",
        "(地址|邮箱名|邮箱)…(无效|無效|非法|错误|不正确|有误)",
        "(잘못된|유효하지 않은|올바르지 않은)…주소",
        "주소…(잘못|올바르지|유효하지)",
        "ungültige {WORD} (adresse|mailadresse|absenderadresse|empfängeradresse|mail adresse|e mail adresse|emailadresse)",
        "(mailadresse|mail adresse|absenderadresse|empfängeradresse|emailadresse|adresse) {NAME} {ist|nicht} ungültig",
        "adresse {WORD} {WORD} (invalide|non valide|incorrecte|erronée|non conforme)",
        "(dirección|direccion|endereço|endereco) {de|do|del|correo|electrónico|electronico|email|e mail|eletrônico"
        "|remitente|destino|destinatario|es|no|é|não|NAME} (inválida|invalida|inválido|invalido|incorrecta|incorreto"
        "|válida|válido|ilegal)",
        "indirizzo {WORD} {WORD} (non valido|errato|non corretto|invalido)",
        "(неверный|некорректный|недопустимый|неправильный|неверен|ошибочный) {WORD} адрес",
        "адрес {WORD} {WORD} (неверен|некорректен|недопустим|указан неверно)",
        families=_FAMILIES,
        unless=Words(f"{_NOT_AN_ADDRESS.pattern}|{_OF_THE_MESSAGE.pattern}|{_KNOWN_OTHERWISE.pattern}"),
    ),
    *texts(
        LIKELY,
        # RFC 821 proposes these words for 553, and systems give them for what they like
        "(mailbox|mail box) name [ADDRESS] {is|was} (not allowed|invalid|not valid|illegal|not acceptable)",
        "(invalid|illegal|bad|improper) {mail|email|e mail|internet|smtp|format|destination|source|from|to|sender"
        "|recipient|mailbox|envelope|sender's|return} (address|addresses|mailbox name|path|domain literal)",
        "(invalid|illegal|bad) (email|e mail|mailbox name)",
        "(the|this|your|mail|email|e mail|sender|recipient|from|return) (address|email|e mail) [ADDRESS] {is|was|you"
        "|specified|entered} (invalid|not valid|illegal|incorrect|not correct|not a valid address)",
        "not [a] valid {email|e mail|mail} address",
        "(full|complete) {email|e mail|mail} address {is|are} (required|needed|expected)",
        "(specify|enter|give|provide|supply|use) {a|the|your} (full|complete|fully) {email|e mail|mail} address",
        "(understand|interpret|parse|decode) {this|the|that|your} {sender|recipient|email|e mail} address",
        "missing (domain|domain name)",
        "(missing|no|without|lacks|invalid|bad|incomplete) {a|valid} (top level domain|tld|toplevel domain)",
        "valid {email|e mail|mail} address {is|was} required",
        "(unrecognized|unrecognised|unrecognizable|incomplete|garbled) {email|e mail|sender|recipient|host|mail}"
        " (address|addresses|sender|recipient|host name)",
        "(user name|username|local part|mailbox name|address) {ADDRESS|is|was} not (allowed|permitted|acceptable)",
        "(not allowed|not accepted|rejected): (no|missing|empty) (domain|local part|host name|hostname)",
        "(CANNOT|error) (process|handle|processing) {the|this|that|your} {sender|recipient|email|e mail} address",
        "(address|sender|recipient) {is} (unrecognized|unrecognizable|incomplete|not understood|unreadable)",
        "(header|headers)…syntax error",
        "syntax error…(header|headers)",
        "(from|to|cc|sender|reply to) (header|field)…(malformed|invalid|missing|not parse~|bad|empty|multiple)",
        "(malformed|invalid|missing|unparseable|bad|empty|no valid) {or|missing|WORD} (from|to|sender|reply to) {address} (header|field)",
        families=_FAMILIES,
        unless=Words(f"{_NOT_AN_ADDRESS.pattern}|{_KNOWN_OTHERWISE.pattern}"),
    ),
    *texts(
        HINT,
        "malformed",
        "bad mailbox",
        "(address|mailbox) (error|problem)",
        "missing {or|empty} (address|mailbox)",
        "(unacceptable|nonsense|weird|strange|odd|impossible|silly|funny|ridiculous) address",
        "addresses with (%|!|percent)",
        "address {WORD} {WORD} {WORD} (is|was) (not valid|invalid|incorrect|wrong)",
        "(bad|illegal) sender",
        "(wrong|bad|invalid|incorrect) (format|domain name|domain)",
        families=_FAMILIES,
        unless=_NOT_AN_ADDRESS,
    ),
    supported_by=frozenset({"5.1.3", "5.1.7", "5.6.7"}),
)


def who_acts(reading: Reading) -> WhoActs:  # noqa: ARG001 — wherever it is
    """Whoever wrote the address corrects it."""
    return "user"


CAUSE = Cause(
    slug="address_syntax",
    judge=judge,
    who_acts=who_acts,
    recovery=("person", "client_ip"),
)
