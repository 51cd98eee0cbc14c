"""Python's own mail clients against the office: ca.pem, four ports, agent, password, other."""
import imaplib
import smtplib
import ssl
import sys

trust, smtps, smtp, imaps, imap, agent, password, other = sys.argv[1:]
context = ssl.create_default_context(cafile=trust)
letter = (
    f"From: {agent}\r\nTo: {other}\r\nSubject: hello\r\nMessage-ID: <p@agent.example>\r\n\r\n"
    ".a dot\r\n.\r\nend\r\n"
)


def good(answer):
    kind, data = answer
    assert kind == "OK", answer
    return data


with smtplib.SMTP_SSL("localhost", int(smtps), context=context) as client:
    try:
        client.login(agent, "wrong")
        raise AssertionError("a wrong password was accepted")
    except smtplib.SMTPAuthenticationError as error:
        assert error.smtp_code == 535, error
    client.login(agent, password)
    assert client.has_extn("size") and client.has_extn("8bitmime") and client.has_extn("pipelining")
    assert client.sendmail(agent, [other, agent], letter) == {}
    try:
        client.sendmail(agent, ["nobody@office.example"], letter)
        raise AssertionError("an unknown recipient was accepted")
    except smtplib.SMTPRecipientsRefused as error:
        assert error.recipients["nobody@office.example"][0] == 550, error
    assert client.noop()[0] == 250

with smtplib.SMTP("localhost", int(smtp)) as client:
    client.starttls(context=context)
    client.ehlo()
    client.user, client.password = agent, password
    assert client.auth("LOGIN", client.auth_login)[0] == 235
    assert client.sendmail(agent, [agent], letter) == {}

box = imaplib.IMAP4_SSL("localhost", int(imaps), ssl_context=context)
try:
    box.login(agent, "wrong")
    raise AssertionError("a wrong password was accepted")
except imaplib.IMAP4.error as error:
    assert "AUTHENTICATIONFAILED" in str(error), error
good(box.login(agent, password))
assert {"IDLE", "MOVE", "UIDPLUS"} <= set(box.capabilities), box.capabilities
assert good(box.select("INBOX")) == [b"2"]
assert good(box.search(None, "ALL")) == [b"1 2"]
assert good(box.uid("SEARCH", None, "HEADER", "Message-ID", "<p@agent.example>")) == [b"1 2"]
fetched = good(box.uid("FETCH", "1", "(UID RFC822.SIZE FLAGS BODY.PEEK[])"))
assert fetched[0][1].endswith(letter.encode()), fetched
assert f"RFC822.SIZE {len(fetched[0][1])} ".encode() in fetched[0][0], fetched
head = good(box.fetch("1", "(BODY.PEEK[HEADER])"))[0][1]
assert head.endswith(b"\r\n\r\n") and b"dot" not in head, head
assert good(box.search(None, "UNSEEN")) == [b"1 2"]
good(box.fetch("1", "(BODY[])"))
assert good(box.search(None, "UNSEEN")) == [b"2"]
good(box.store("2", "+FLAGS", "(\\Flagged)"))
assert good(box.search(None, "FLAGGED")) == [b"2"]
assert b"APPENDUID" in good(box.append("Sent", "(\\Seen)", None, letter.encode()))[0]
assert len(good(box.list())) == 4
good(box.noop())
good(box.uid("MOVE", "2", "Processed"))
assert good(box.search(None, "ALL")) == [b"1"]
assert b"MESSAGES 1" in good(box.status("Processed", "(MESSAGES UIDNEXT)"))[0]
good(box.close())
box.logout()

box = imaplib.IMAP4("localhost", int(imap))
box.starttls(ssl_context=context)
good(box.authenticate("PLAIN", lambda _: f"\0{agent}\0{password}".encode()))
assert good(box.select("Sent", readonly=True)) == [b"1"]
box.logout()
print("all agreed")
