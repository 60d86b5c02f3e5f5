"""The client software used a wrong or unsupported command, option or argument."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, LIKELY, Words, judged_by, texts
from rejectwatch.facts import WhoActs

_OF_THE_LINE = 93
"""The line itself is named, where others read of the lines of a message."""

_FAMILIES = {
    "VERB": (
        "(helo|ehlo|lhlo|helo/ehlo|ehlo/helo|mail from|mail|rcpt to|rcpt|data|bdat|auth|etrn|atrn|turn|vrfy|expn"
        "|starttls|stls|rset|noop|quit|help|send|soml|saml|xclient|xforward|proxy|burl|verb|onex)"
    ),
    # Those that are no words of another sense
    "ONLY_VERB": (
        "(helo|ehlo|lhlo|helo/ehlo|ehlo/helo|rcpt|bdat|etrn|atrn|vrfy|expn|starttls|stls|rset|noop|soml|saml|xclient"
        "|xforward|burl|onex|(mail|data|auth|help|quit|turn|send|proxy) (command|verb))"
    ),
    "COMMAND": "(command|commands|cmd|verb|verbs|keyword|smtp command|esmtp command)",
    "OPTION": (
        "(option|options|parameter|parameters|param|params|argument|arguments|operand|operands|keyword|keywords"
        "|attribute|attributes|smtp extension|service extension"
        "|modifier|esmtp extension|esmtp option|esmtp parameter|service extension)"
    ),
    "WRONG": (
        "(unknown|unrecognized|unrecognised|unrecognizable|unsupported|unimplemented|unexpected|unacceptable|invalid"
        "|illegal|bad|wrong|incorrect|improper|undefined|nonexistent|non existent"
        "|malformed|not (recognized|recognised|implemented|supported|understood|allowed|permitted|known|valid"
        "|accepted|available|expected|defined|enabled|legal|found)|disallowed|disabled|unavailable|forbidden"
        "|duplicate|duplicated|repeated|conflicting|redundant|missing|extra|superfluous|out of (order|sequence"
        "|context)|too long|misplaced|premature|obsolete|inappropriate)"
    ),
    "NEED": (
        "(need|needs|needed|send|issue|use|say|expect|expects|expected|expecting|require|requires|want|specify|give|try"
        "|do|must have|must precede|must issue|must send|missing|where is|no)"
    ),
    "ESMTP": (
        "(size|body|ret|envid|notify|orcpt|dsn|by|deliverby|deliver by|holdfor|holduntil|mt priority|priority"
        "|8bitmime|binarymime|chunking|smtputf8|auth|pipelining|requiretls|futurerelease|future release|mtrk|solicit)"
    ),
    "NEWLINE": "(lf|lfs|lf's|cr|crs|cr's|newline|newlines|line feed|line feeds|linefeed|linefeeds|carriage return|carriage returns|crlf)",
}

# The words of a login ("check your mail first"), of an address, and of a client's name
_ANOTHER = Words(
    r"\b(?:check|fetch|receive|retrieve|collect|pop|pop3|read|get|download|pick up)\b.{0,30}\b(?:e ?)?mails?\b|\byour"
    r" (?:e ?)?mails?\b(?! (?:client|server|program|software|system)\b)"
    r"|\b(?:address|mailbox|sender|recipient|local part|domain name|user name|username|password"
    r"|credentials?)\b.{0,20}\b(?:syntax|too long|malformed|invalid)\b"
    r"|\bforward to your postmaster\b|\be?helo (?:syntax|name|invalid)\b|\b(?:invalid|bad|malformed|illegal) e?helo"
    r" (?!command)|\bencryption\b|\bhelo command rejected\b|\bmilter: \w+ not allowed\b|\brequires? (?:a |an |the"
    r" )?(?:valid |full |fully qualified )?(?:domain|host ?name|fqdn)\b"
)
# Of what was announced or encrypted: those have causes of their own.
_ENCRYPTION_OR_LOGIN = Words(
    r"\bwithout\b.{0,12}\b(?:tls|ssl|starttls|encryption)\b|\b(?:must|need to|please|have to|should|requires?"
    r"|required)\b.{0,40}\b(?:starttls|tls|ssl|encrypt\w*|authenticat\w*|log ?in|auth)\b"
    r"|\b(?:starttls|tls|ssl|auth|authentication)\b.{0,20}\b(?:first|required|mandatory|needed)\b|\bencryption\b"
)

judge = judged_by(
    *texts(
        CERTAIN,
        "(onbekend|ongeldig) commando",
    ),
    *texts(
        CLEAR,
        "(ehlo|helo|mail|rcpt|data|starttls|auth) (twice|again|already) {is|was} not (supported|allowed|permitted|accepted)",
        "size {parameter|value|argument|WORD} {value|is} not a number",
    ),
    *texts(
        _OF_THE_LINE,
        "(bare|lone|stray|naked|isolated|raw|single) NEWLINE",
        "(bare|lone|stray|naked) (<@@>|<@@@@>) {NEWLINE}",
        "NEWLINE without {a|preceding|following} NEWLINE",
        "(smtp|input|command|esmtp|protocol|text) {input|text|line} line {is|was|length} (too long|exceeds|exceeded|limit)",
        families=_FAMILIES,
    ),
    *texts(
        CERTAIN,
        # "Unrecognized command", "command not implemented", "Error: command not recognized", "500 RCPT command unknown"
        "WRONG {or|smtp|esmtp|and|WRONG|VERB} COMMAND",
        "COMMAND {VERB|is|was|line|syntax|verb|name|has|been|has been|or|parameter|parameters|currently|NAME} WRONG",
        "(ONLY_VERB|auth) [command] {is|was|has been|by|command|service|here|currently} (disabled|disallowed|not"
        " (implemented|supported|recognized|recognised|understood|allowed|available|enabled|permitted|offered"
        "|advertised)|unimplemented|unrecognized|unsupported|unavailable|unknown|already (given|sent|issued|specified"
        "|seen))",
        "(duplicate|nested|repeated|second|multiple|another|extra) (ONLY_VERB|mail|mail from) [command|commands]",
        "only one (VERB|transaction|mail transaction) {command|transaction} (per|at a time|in|allowed)",
        "(etrn|atrn|turn|vrfy|expn) {service|command|request} (rejected|refused|denied|unavailable|not|is|disabled|failed)",
        "COMMAND DOES_NOT {take|accept|have|allow|support|any|expect} [any] OPTION",
        "no [such] COMMAND",
        "used when not advertised",  # Exim
        "(sequence|protocol) (error|breach|failure|violation)",
        "(data|bdat|rcpt) (without|before) {any|valid|a|having|MAIL|accepted} (recipient|recipients|sender)",
        "CANNOT (parse|understand|interpret|make sense of|decode) {the|your|these} (VERB|COMMAND) {OPTION|line|command|syntax}",
        "(body|body=|auth|notify|ret|size) (type|value|argument) {NAME|is|was} (not|unknown|unsupported|invalid)"
        " {known|supported|understood|valid|recognized}",
        "(DOES_NOT|only|must|please|i) {really} (speak|talk|understand|speaks|talks) {valid|proper|correct} (smtp|esmtp|lmtp)",
        "(not|no) {a|an} {speaking} (http|web server|http server|http proxy|web proxy)",
        "(wait|waits|waiting) for {the|our|my|a|each|every} (response|reply|answer|responses|replies|greeting) {before|to}",
        "(state|wrong state|bad state|invalid state|right state|correct state|proper state) {error|for|in|to|this"
        "|that} (error|COMMAND|for this)",
        "not in {the|a} (right|correct|proper|valid) (state|mode)",
        "(rset|noop|quit|ehlo) {is|was|first} (needed|required|expected|accepted)",
        "(only|just) (ehlo|helo|lhlo) {is|are|will be} (accepted|allowed|supported|permitted)",
        "MAY_NOT {to} (use|issue|send) {the} (vrfy|expn|etrn|turn|atrn|xclient|burl|bdat)",
        "COMMAND {must|should|have to} be {in} (upper case|uppercase|lower case|ascii)",
        "(malformed|garbled|illegal|bad) {smtp|esmtp|client} (request|line|input)",
        "(request|line|input) {is|was} (malformed|garbled|not understood)",
        "OPTION NAME=NAME {is} WRONG",
        "(コマンド|helo|ehlo)…(先に|最初に|送って)",
        "알 수 없는 명령",
        "(not|isn't) {a|an|any} {valid|proper|known|legal|recognized|correct} {smtp|esmtp} COMMAND",
        "(say|try|send|issue|use) (helo|ehlo|rset|lhlo) {first|before|again|then|please|and}",
        "(preceded|followed|introduced) by {a|an|the|valid} (VERB|COMMAND|helo)",
        "(verp|dsn|xverp|mtrk|atrn|chunking|pipelining|burl|deliverby|conneg) {is|option|extension|service|parameter}"
        " (not|unsupported|unavailable|unimplemented)",
        "(do not|don't|does not|doesn't|won't|will not|never) (do|support|implement|offer|allow|accept) {the} (etrn"
        "|vrfy|expn|turn|atrn|dsn|chunking|pipelining|8bitmime|bdat|verp)",
        "(too much|unexpected|extra|stray|trailing) {data|input|text|garbage|characters} (after|following|behind"
        "|before) {the|a} (VERB|COMMAND)",
        "NEWLINE {must|may|can|is|should|not|be|used|allowed} without NEWLINE",
        "(your|the|this) {smtp|mail|email} (client|mailer|software|program|mta|mail client|mail program) {software}"
        " (is|seems|appears) {to be} (broken|buggy|defective|faulty|non compliant|not compliant|not rfc compliant)",
        "DOES_NOT (follow|obey|respect|comply with|adhere to|conform to|honour|honor) {the} (smtp|esmtp|protocol|rfc"
        "|rfc 5321|rfc5321|rfc 2821|rfc2821|rfc 821|standard|standards)",
        "mail must {come|be|be sent|be issued} (before|precede) {a|the} rcpt",
        "(do not|don't|does not|doesn't|never) (know|recognize|recognise|have) {of|about} (that|this|such a|any such)"
        " (verb|command|keyword)",
        "(speaks|speaking|talks|talking|sends|sending|sent) (http|ssl|tls)",
        "garbled {COMMAND|input|line}",
        "(does not|doesn't|do not|don't|not) (implement|speak|understand) (that|this|it|your command)",
        # The order
        "(ONLY_VERB|data|mail from) {command} (must|has to|should|needs to|can only|may only) {only} (come|follow|be sent|be issued|be"
        " given|appear|be used|be) {only} (before|after|first|once) {VERB|a|the}",
        "(ONLY_VERB|data|mail from) {command|is} not (valid|allowed|permitted|ok|possible|legal|expected|accepted) {yet} (before|after"
        "|without|until|while) {a|the|in} VERB",
        "(send|sent|issue|issued|use|used|give|given|say|said) {the|more than one} VERB {command|only} (once|twice"
        "|again|already|only once|first)",
        "(should|must|please|have to|forgot to|did not|didn't|never|not) {first|yet} (say|said|send|sent|issue|issued"
        "|greet) {a|an|me} (helo|ehlo|helo/ehlo|ehlo/helo|hello)",
        "(no|without|missing) (helo|ehlo|helo/ehlo|ehlo/helo|helo or ehlo) {command|has been|was|yet} (given|sent"
        "|issued|received|seen|before|yet)",
        "(introduce yourself|introduce yourself first|no introduction|polite to say)",
        "(no|not in a|outside a|outside of a) {mail|smtp|active|open|current} transaction",
        "already (said|issued|sent|performed|done|given|had|seen|got) {a|an|your} (VERB|hello|authentication)",
        "(auth|VERB) {command|has|been|was} already [been] (performed|done|issued|given|sent|used|seen|received)",
        "(bad|wrong|invalid|incorrect|improper|illegal|unexpected|out of|error in) {command|smtp|protocol|of} (sequence|order|ordering)",
        "(command|commands|smtp|protocol) {sent|is|are|was|issued|received|in|a|the|given|VERB} (out of|wrong|bad"
        "|incorrect|invalid) (sequence|order)",
        "(sequence|order) of {the|smtp|VERB} (command|commands)",
        "COMMAND {is|was|NAME} not {allowed|permitted|valid|expected|legal|accepted|possible} {at this|in this|at|in"
        "|during|before|after|without|until} (point|stage|state|context|time|session|transaction|VERB)",
        "NEED {a|an|the|valid|your|at|least|one|good|successful|another|to} (VERB|hello) {VERB|or|and|command|cmd|/"
        "|a} (first|before|command|yet|precede|precedes)",
        "(ONLY_VERB|mail from) [command|cmd] {must|has|have|is|to|be|should|be|was|needs} (precede|come first"
        "|required first|required before|sent first|issued first|expected|sent before|issued before|given first"
        "|needed first)",
        "valid VERB command must precede",
        "(before|without|need|until|prior to) {a|an|valid|sending|issuing|having|any|the|sent|you} (VERB|hello) command",
        "(say|said|says) {hello|ehlo|VERB|helo} first",
        "polite people say",
        "(rcpt|data|helo|ehlo|lhlo) [to|command] first",
        "must have (sender|recipient) {and|recipient} first",
        "(sender|recipient|originator|reverse path) {is|was|has|been|address} (already|not yet) [been] (given|specified|set|supplied)",
        "no (sender|recipient|reverse path) yet {given|specified|supplied}",
        "(transaction|mail transaction|message) [is] [already] in progress",
        "already (identified|authenticated|introduced|greeted|in tls|speaking tls|said hello|in progress)",
        "(tls|starttls|channel) [is|command] [already] (already active|already secured|active already|already started)",
        # Options and arguments
        "WRONG {or|esmtp|smtp|ESMTP|VERB|WRONG|command|and|number|of|mail from|syntax|in} OPTION",
        "OPTION {ESMTP|VERB|is|was|are|were|has|have|value|NAME|been|for|to|of|on|the|command|on VERB|either} WRONG",
        "(no|too many|too few|extra|not enough|missing|requires|require|with|needs) {an|a|the|such|any|valid|esmtp}"
        " OPTION {are|is|were} [allowed|given|permitted|supported|expected|accepted|needed|required|specified"
        "|supplied|found]",
        "syntax error {in|or|the|of} {command|in|the|parameters|parameter} OPTION",
        "syntax error {no|WORD} parameters",
        "ESMTP (parameter|option|keyword|argument|extension|value) {syntax|value|is|was|NAME} (WRONG|error|failed|syntax)",
        "(bad|invalid|illegal|wrong|malformed|unsupported|unknown) ESMTP (parameter|option|keyword|argument|value|syntax|clause)",
        "(argument|arguments|parameter|parameters|operand) {is|are} (required|needed|expected)",
        "(VERB|COMMAND) (takes|needs|requires|wants|expects|has) {an|a|no|one|two|at least|exactly|only|too|many|few} OPTION",
        "(missing|expected|expecting|no|where is|forgot|need) {the|a|your} (colon|from:|to:|from|to) (after|in|before"
        "|following) {the|your} VERB",
        "(expected|missing|expecting) (from:|to:)",
        "missing colon {after|in}",
        "ESMTP {parameter|value|option|=} {is|was|are|must} (not a number|not numeric|bad|be a number|be numeric"
        "|illegal|invalid|malformed)",
        "(illegal|bad|invalid|wrong|unsupported|unknown|missing|only) {value|argument|8bit|7bit} {for|of|in} {the}"
        " (ESMTP) {parameter|option|type|types|value|keyword}",
        "without {the|having|announcing|declaring} (binarymime|8bitmime|chunking|smtputf8 option|pipelining)",
        "ESMTP {parameter|value|time|option} {is} (out of range|too far|too long)",
        "(parse|understand|interpret|recognize|recognise) {the|this|that|your} COMMAND",
        "(rcpt|data|mail|rcpt to) (without|before) {a|any|the|valid|prior} VERB",
        "mail [from] already (issued|specified|sent|given|set|received)",
        "usage: VERB",
        "(wait|waiting) for {the|our|my|a} {smtp|server} (banner|greeting|220)",
        "(bad|invalid) message size {parameter|value} syntax",
        "(dsn|8bitmime|pipelining|chunking|bdat|binarymime|etrn|size|deliverby|future release|mt priority) {support"
        "|extension|is|service} (not|disabled|unsupported|unavailable)",
        "(notify|ret|orcpt|envid) {option|parameter|parameters|value|NAME|never|must|may|the} (cannot be combined"
        "|invalid|not|must be|may not|can not)",
        "no option supported",
        "unsupported option",
        "(delivery deadline|deliver by time|by value|deliver by)",
        "initial (data|response) not (expected|allowed|supported)",  # Exim, with the number 553
        "(unrecognized|unrecognised|unsupported|unknown|invalid|unimplemented|bad) {sasl|smtp} (auth|authentication"
        "|sasl) {type|mechanism|method|command}",
        "(auth|authentication|sasl) (mechanism|type|method|scheme) {NAME|is} (not|unsupported|unimplemented"
        "|unavailable|unrecognized|invalid|unknown)",
        "malformed auth",
        # How they are sent
        "(pipelining|pipeline|pipelined)",
        "(synchronization|synchronisation|sync) error",
        "(smtp|esmtp|lmtp) protocol (error|violation|synchronization|sync)",
        "protocol (violation|synchronization|error)",
        "(line terminator|line terminators|line ending|line endings)",
        "(violates|violate|violated|violating|violation of) {the|of} (protocol|smtp|esmtp|smtp protocol|esmtp"
        " protocol|mail protocol|rfc 821|rfc821|rfc 2821|rfc2821|rfc 5321|rfc5321)",
        "(terminated|terminate|end|ended|ending|followed|finished|delimited|must be|endings) {must|be|with|by|in|a|an"
        "|only|lines|must|be} (crlf|lf|cr lf)",
        "(line|command) length (limit|exceed~)",
        "(command|command line|request) {NAME|is|was} (too long|overlong|exceeds)",
        "(command|given command) is (too|t00) long",
        "start tls again",
        "(null|nul|zero) (byte|bytes|character|characters|chars) {are|not|in|is|found} (allowed|permitted|in|not)",
        "(null|nul) in {smtp} (command|commands)",
        "(premature|early|unexpected) (data|input|talking)",
        "(xclient|xforward|burl|proxy command) {command|is|was} (refused|denied|rejected|forbidden|not)",
        "(message|data|body) {is|was} (not properly|improperly|not correctly|incorrectly|not) terminated",
        "(talk|talks|talking|talked|spoke|speak|speaking|sent data|transmitted|sending) {too|smtp|data|commands}"
        " (soon|early|before|out of turn)",
        "(early talker|early talking|pregreet|pre greeting|http request|http requests|http command|smtp smuggling)",
        "(esmtp|ehlo|lhlo) {is|command} (required|needed|mandatory|expected)",
        "(need|use|requires|please use|require) (esmtp|ehlo|lhlo)",
        # In other languages
        "コマンド…(認識|不正|誤|順序|未実装|エラー|実装|サポート|対応|無効|不明|使用でき|解釈|理解)",
        "(不正|無効|不明|未知|誤った)…コマンド",
        "(命令|指令)…(错误|錯誤|无法识别|不识别|顺序|不支持|未实现|无效|不正确|次序|未知|过长)",
        "(错误|未知|无效|不支持|无法识别)…(命令|指令)",
        "(パラメータ|パラメーター|引数)…(不正|無効|不明|誤|エラー|サポート|対応)",
        "(参数|參數)…(错误|無效|无效|不支持|不正确)",
        "(명령|매개변수)…(순서|잘못|지원|인식|알 수|오류)",
        "(befehl|kommando)…(unbekannt|nicht|falsch|ungültig|reihenfolge|erkannt)",
        "(unbekannter|ungültiger|falscher) befehl",
        "unbekanntes kommando",
        "(commande|commandes)…(inconnue|non reconnue|non implémentée|non supportée|invalide|incorrecte|séquence|désactivée|trop longue)",
        "(comando|comandos)…(desconocido|no reconocido|no implementado|no soportado|inválido|invalido|desconhecido"
        "|não reconhecido|não implementado|não suportado|sconosciuto|non riconosciuto|non implementato|non supportato"
        "|incorrecto|incorreto|errato)",
        "(secuencia|sequência|sequenza|séquence)…(comandos|comandi|commandes)",
        "(comando|comandos|commande|comandi)…(secuencia|sequência|sequenza|séquence|ordem|orden|ordine|ordre)",
        "(неизвестная|неверная|недопустимая|нераспознанная) команда",
        "команд~…(не поддерживается|неизвестна|не распознана|не реализована|последовательност~)",
        "последовательност~ команд",
        "(paramètre|parámetro|parâmetro|parametro|option) (inconnu|inconnue|non reconnu|non supporté|invalide|no"
        " reconocido|no soportado|desconocido|desconhecido|inválido|non riconosciuto|non supportato|non valido)",
        families=_FAMILIES,
        unless=Words(f"{_ANOTHER.pattern}|{_ENCRYPTION_OR_LOGIN.pattern}"),
    ),
    *texts(
        CLEAR,
        "mail [from|command] first",
        "(send|issue) (helo|ehlo|helo/ehlo|rcpt|rset)",
        "syntax {error|is|should|be|must|NAME} (VERB|helo) (<|hostname|address|domain|from)",
        "syntax: VERB",
        "(invalid|bad|wrong|illegal|incorrect) {VERB} command syntax",
        "syntax error {WORD} {WORD} (VERB|command|commands)",
        "VERB {command|with|has} {a|an} {bad|invalid} (syntax|argument|parameter)",
        "(unrecognised|unimplemented|not implemented|not understood)",
        "(feature|function|functionality|action|operation|method) {is|was|requested|NAME} (not (implemented"
        "|supported)|unsupported|unimplemented)",
        "(expects|expecting|expected) {a|an|the} VERB",
        "(構文|文法|シンタックス)…エラー",
        "(语法|語法)…(错误|錯誤)",
        families=_FAMILIES,
        unless=Words(
            f"{_ANOTHER.pattern}|{_ENCRYPTION_OR_LOGIN.pattern}|"
            r"\b(?:user|host|hostname|recipient|mailbox|sender|domain|account|mailer|address|route|client|alias"
            r"|encoding|charset|attachment|certificate|tls|cipher|relay|ip|mail exchanger|reason)\b"
        ),
    ),
    *texts(
        LIKELY,
        "syntax (error|errors)",
        "(invalid|bad|wrong|incorrect|illegal) syntax",
        "(bad|invalid|wrong|illegal) (request|arguments|input|data received)",
        "bad protocol",
        "protocol (failure|mismatch|not supported|problem|version)",
        "(no|without) valid (recipients|recipient)",
        "no (recipient|recipients) {have|has|been} (specified|given|supplied|defined|accepted)",
        "syntaxfehler",
        "(erreur de syntaxe|error de sintaxis|erro de sintaxe|errore di sintassi|синтаксическая ошибка|ошибка синтаксиса)",
        families=_FAMILIES,
        unless=Words(
            f"{_ANOTHER.pattern}|"
            r"\b(?:address|sender|recipient|mailbox|rcpt|header)\b.{0,12}\bsyntax|\bsyntax\b.{0,24}\b(?:address|sender"
            r"|recipient|mailbox|rcpt)\b"
        ),
    ),
    supported_by=frozenset({"5.5.0", "5.5.1", "5.5.2", "5.5.4", "5.5.6"}),
)


def who_acts(reading: Reading) -> WhoActs:
    return "user" if reading.reply.refused_by != "remote" else "admin"


CAUSE = Cause(
    slug="protocol_error",
    judge=judge,
    who_acts=who_acts,
    recovery=("person", "client_ip"),
    recovery_elsewhere=("recipient_domain",),
)
