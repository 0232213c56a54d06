"""Command lines that take a secret by its place, written as their programs' manuals write them.

Small words and options stand as they are, a word in capitals for any argument, ``§`` for the secret; other options may
stand between. ``-b`` is any group of options with this letter.
"""

from __future__ import annotations

import re

from certdoctor.formats.text.gates import Later

USAGES = """
net user USER §
net use DRIVE §
net use DRIVE SHARE §
net.exe user USER §
net.exe use DRIVE §
net.exe use DRIVE SHARE §
htpasswd -b FILE USER §
htpasswd -nb USER §
ldappasswd -s §
isql DSN USER §
smbclient SHARE §
smbmap -p §
rabbitmqctl add_user USER §
rabbitmqctl change_password USER §
rabbitmqctl authenticate_user USER §
rabbitmqadmin declare user USER §
mysqladmin password §
mysql_tzinfo password §
mongo HOST USER §
vault login §
mc alias set NAME URL KEY §
mc config host add NAME URL KEY §
rclone obscure §
user-secrets set NAME §
config set --secret NAME §
gcloud auth activate-refresh-token USER §
connect to DATABASE user USER using §
snmp-server community §
snmp-server host HOST §
enable secret §
enable password §
login USER password §
config set requirepass §
config set masterauth §
ldap_bind USER §
svnadmin setpass USER §
asadmin create-password-alias NAME §
chpasswd USER §
chap-secrets USER SERVER §
crowbar login USER §
pass insert NAME §
keyring set SERVICE USER §
secret-tool store NAME §
security add-generic-password -w §
cmdkey pass §
vncpasswd §
grub-mkpasswd §
mkpasswd -m KIND §
slappasswd -s §
wpa_passphrase SSID §
nmcli device wifi connect SSID password §
ipmitool user set password NUMBER §
racadm config -o §
dtexec /de §
dtexec /decrypt §
kinit USER §
encrypt_string §
-createcredential DATABASE USER §
auth-user-pass USER §
set passwd §
aws configure set aws_secret_access_key §
aws configure set aws_session_token §
requirepass §
masterauth §
masteruser USER masterauth §
pdbedit USER §
samba-tool user setpassword USER --newpassword §
samba-tool user create USER §
occ user:add USER §
wp user create USER MAIL --user_pass §
pgbouncer USER §
cassandra-cli -pw §
imapsync --password1 §
imapsync --password2 §
"""

_OPTIONS = (
    r"(?:[ \t]{1,16}+(?:-[\w-]{1,40}+(?:=[^\s\"']{1,100}+)?|/[a-z]{1,20}+(?::\S{1,100}+)?)(?=[ \t])){0,3}"
)
_GAP = r"[ \t]{1,16}+"
_VALUE = r"(?P<value>\"[^\"\n]{1,200}\"|'[^'\n]{1,200}'|[^\s\"'|;&/*-][^\s\"'|;&]*)"
_ARGUMENT = r"(?:\"[^\"\n]{1,200}\"|'[^'\n]{1,200}'|[^\s\"'-]\S{0,200}+)"
_OPTION_LENGTH = 3


def _expression(usage: str) -> tuple[str, Later]:
    program, *words = usage.split()
    return f"{program} ", Later(rf"(?<![A-Za-z_]){re.escape(program)}(?=[ ])" + "".join(map(_word, words)))


def _word(word: str) -> str:
    if word == "§":
        return _OPTIONS + _GAP + _VALUE
    if word.isupper():
        return _OPTIONS + _GAP + _ARGUMENT
    if word[0] == "-" and len(word) <= _OPTION_LENGTH and word[1] != "-":
        return rf"{_OPTIONS}{_GAP}-\w{{0,8}}" + r"\w{0,4}".join(word[1:]) + r"\w{0,8}"
    return _OPTIONS + _GAP + re.escape(word)


BY_PLACE = tuple(_expression(usage) for usage in USAGES.strip().splitlines())
"""A literal that stands at the beginning, and the expression, for text in lower case; ``value`` is the secret."""
