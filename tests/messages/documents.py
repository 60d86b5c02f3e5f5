"""Messages as documents, written by hand: one user, a group, a recovery."""

from __future__ import annotations

from rejectwatch.messages.document import Document, Section

OPENED = Document(
    kind="opened",
    language="en",
    severity="warning",
    title="[rejectwatch] aya.hoshino can't send since 19:02: phone no longer logs in (user must act)",
    lead="aya.hoshino@corp.example has been refused 3 times in 5 minutes, by our own server mail.corp.example.",
    sections=(
        Section(
            "facts",
            rows=(
                (
                    "Why",
                    (
                        "The client does not log in before sending (SMTP authentication is off or has no password).\n"
                        "Sure: high. Our server said: “not logged in”"
                    ),
                ),
                ("Reply", "“553 5.7.1 <aya.hoshino@corp.example>: Sender address rejected: not logged in”"),
                ("Since", "19:02, 3 attempts to 1 address (mori@denki.example)"),
                (
                    "Last worked",
                    "17:44 today, logged in as aya.hoshino, from the same address and port 587",
                ),
                (
                    "From",
                    "203.0.113.77 (a known address of hers), calls itself “[192.168.0.14]”, on port 587",
                ),
                ("Others", "nobody else is refused for this reason: it is this device"),
            ),
        ),
        Section(
            "steps",
            "What you can do",
            lines=(
                "Ask whether the password was changed today.",
                (
                    "Look which mechanisms the server offers:  postconf -h smtpd_sasl_security_options  On port 587 it must"
                    " offer PLAIN after STARTTLS."
                ),
                "Forward the text below. Nothing has to be changed in Postfix.",
            ),
        ),
        Section(
            "forward",
            "For aya.hoshino (forward from here)",
            lines=(
                (
                    "Your phone can receive mail but not send it, because it does not give your password to the outgoing"
                    " server."
                ),
                "",
                "iPhone: Settings > Apps > Mail > Mail Accounts > your account > Account > SMTP > the server's name:",
                "fill in User Name (aya.hoshino@corp.example) and Password, Use SSL on, Server Port 587.",
                "",
                "If it still fails, send us: the time, the address you wrote to, and the whole error message.",
            ),
            closing="(end of the text for aya.hoshino)",
        ),
        Section(
            "facts",
            "If you need it for support",
            rows=(
                ("Time", "2026-11-24 19:02:11 +09:00"),
                ("From", "aya.hoshino@corp.example"),
                ("To", "mori@denki.example"),
                ("Client", "[203.0.113.77]"),
                ("Service", "postfix/submission/smtpd"),
            ),
        ),
    ),
    footer="Incident 4d1f0c77ab. rejectwatch tells you when she can send again. Silence:  rejectwatch silence add --user"
    " aya.hoshino@corp.example --for 1d",
    page="https://wiki.corp.example/rejectwatch/en/auth_required.md",
    incident="4d1f0c77ab",
)

GROUP = Document(
    kind="opened",
    language="ja",
    severity="critical",
    title="[rejectwatch] 14:02 から 37 名が送信不可: 送信者アドレスとログインの対応表を確認してください（管理者対応）",
    lead="14:02 から 2 分間に、37 名の利用者が自分のアドレスで送信できなくなりました。拒否しているのは自社のサーバー"
    " mail.corp.example です。",
    sections=(
        Section(
            "facts",
            rows=(
                (
                    "原因",
                    (
                        "ログイン名と差出人アドレスの対応表 (smtpd_sender_login_maps) が壊れています。\n"
                        "根拠: 37 名とも、ログイン名と同じアドレスで送ろうとして「not owned by user」と拒否されています。\n"
                        "確度: 高"
                    ),
                ),
                ("発生", "14:02 から、58 通（宛先 61 件）"),
                ("直前まで", "37 名中 35 名は本日 08:30 以降に正常に送信できていました"),
                (
                    "範囲",
                    (
                        "corp.example 13 名\nshop.example 12 名\nclinic.example 12 名\n"
                        "ほかの利用者で成功した送信は 14:02 以降ありません"
                    ),
                ),
                (
                    "拒否文",
                    "「553 5.7.1 <abe.m1@corp.example>: Sender address rejected: not owned by user abe.m1@corp.example」",
                ),
            ),
        ),
        Section(
            "steps",
            "管理者が行うこと",
            lines=(
                "14:00 前後に変更した対応表を確認する:  postconf smtpd_sender_login_maps",
                "1 名で試す:  postmap -q abe.m1@corp.example <対応表>  結果に abe.m1@corp.example が含まれるはずです。",
                "直したら postmap と postfix reload。利用者側の設定変更は不要です。",
            ),
        ),
        Section(
            "list",
            "影響のある利用者（回数の多い順）",
            lines=tuple(
                f"{name}@corp.example（{n} 回）" for name, n in (("abe.m1", 4), ("ito.k", 3), ("ueda", 2))
            ),
        ),
        Section(
            "forward",
            "利用者への案内（このまま転送できます）",
            lines=(
                "現在、メールサーバー側の不具合により社外へのメール送信ができない状態です。",
                "パソコンやスマートフォンの設定は変更しないでください。復旧しだいお知らせします。",
            ),
        ),
    ),
    footer="インシデント 4712 ・ 送信できるようになったことを確認できたら、もう一度お知らせします。",
    page="https://wiki.corp.example/rejectwatch/ja/sender_not_authorized.md",
    incident="4712",
)

RECOVERED = Document(
    kind="recovered",
    language="ja",
    severity="critical",
    title="[rejectwatch] 復旧: 14:41 から送信できています（37 名中 3 名以上で確認、停止 39 分）",
    lead="14:02 から続いていた送信不可（インシデント 4712）は復旧しました。",
    sections=(
        Section(
            "facts",
            rows=(
                (
                    "確認",
                    (
                        "14:41 abe.m1@corp.example → desk@partner.example ほか 2 名が、"
                        "同じログイン・同じ差出人で社外へ送信に成功"
                    ),
                ),
                ("期間", "14:02 ～ 14:41（39 分）、拒否 58 通"),
                ("未確認", "34 名はまだ送信していません。"),
            ),
        ),
        Section(
            "text",
            lines=("再び拒否された場合は、このインシデントの続きとしてお知らせします。",),
        ),
    ),
    incident="4712",
)
