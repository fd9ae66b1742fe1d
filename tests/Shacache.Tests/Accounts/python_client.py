"""Walks the path of deployed Python clients with Python's own http.client: one connection per request, Connection: close, TLS 1.2.

Usage: python_client.py PORT CA CERTIFICATE KEY SIGNATURE_KEY SIGNATURE_CERTIFICATE LISTED_KEY

Prints a line for each request, then what it downloaded was. Written for docs/protocol.md, "Deployed clients".
"""
import base64, hashlib, http.client, json, os, ssl, subprocess, sys, tempfile

port, ca, certificate, key, signature_key, signature_certificate, listed_key = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
if certificate != '-':
    context.load_cert_chain(certificate, key)


def connect(method, path, body=None, headers={}):
    connection = http.client.HTTPSConnection('127.0.0.1', int(port), timeout=30, context=context)
    connection.putrequest(method, path, skip_accept_encoding=True)
    connection.putheader('Connection', 'close')
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    assert connection.sock.version() == 'TLSv1.2', connection.sock.version()
    return connection


def request(method, path, body=None, headers={}):
    connection = connect(method, path, body, headers)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    assert (answer.getheader('Connection') or '').lower() == 'close', answer.getheaders()
    print(method, path.split('/')[1], answer.status, data.decode().strip() if answer.status >= 400 else '')
    return answer, data


def exists(digest):
    """The head alone is read, then the connection goes."""
    connection = connect('GET', '/shacache/' + digest)
    status = connection.getresponse().status
    connection.sock and connection.sock.close()
    connection.close()
    print('GET', 'shacache', status)
    return status == 200


def openssl(*arguments, stdin=b''):
    return subprocess.run(('openssl',) + arguments, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def is_signed(information, signature):
    with tempfile.TemporaryDirectory() as folder:
        public, signed = os.path.join(folder, 'public'), os.path.join(folder, 'signature')
        with open(public, 'wb') as file:
            file.write(openssl('x509', '-in', signature_certificate, '-pubkey', '-noout').stdout)
        with open(signed, 'wb') as file:
            file.write(base64.b64decode(signature))
        return openssl('dgst', '-sha1', '-verify', public, '-signature', signed, stdin=information.encode()).returncode == 0


content = os.urandom(3000000)
digest = hashlib.sha512(content).hexdigest()

assert not exists(digest)
with tempfile.TemporaryFile() as file:
    file.write(content)
    file.seek(0)
    answer, body = request('POST', '/shacache', file, {'Content-Length': str(len(content)), 'Content-Type': 'application/octet-stream'})
if answer.status != 201:
    sys.exit(0)
assert body == digest.encode(), body
assert exists(digest)

information = json.dumps({'file_name': 'caf\u00e9.tar.gz', 'sha512': digest, 'url': 'https://example.org/a'})
signature = base64.b64encode(openssl('dgst', '-sha1', '-sign', signature_key, stdin=information.encode()).stdout).decode()
entry = json.dumps([information, signature]).encode()
answer, body = request('PUT', '/shadir/' + listed_key, entry, {'Content-Length': str(len(entry)), 'Content-Type': 'application/json'})
if answer.status != 201:
    sys.exit(0)
assert body == b'', body

answer, body = request('GET', '/shadir/' + listed_key)
assert answer.status == 200 and answer.getheader('Content-Type').startswith('application/json')
selected = [json.loads(found) for found, signed in json.loads(body) if is_signed(found, signed)]
assert selected and selected[0]['sha512'] == digest, selected
answer, body = request('GET', '/shacache/' + selected[0]['sha512'])
assert answer.status == 200 and hashlib.sha512(body).hexdigest() == digest
assert answer.getheader('Accept-Ranges') == 'bytes' and answer.getheader('Content-Length') == str(len(content))
answer, rest = request('GET', '/shacache/' + digest, headers={'Range': 'bytes=2000000-'})
assert answer.status == 206 and rest == content[2000000:]
print('downloaded', digest)
