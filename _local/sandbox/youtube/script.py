"""YouTube's player script in small, and the same arithmetic in Python.

A client that has a JavaScript runtime finds two functions in the script: one turns the scrambled signature into
the right one, one turns the `n` of a media URL. The media server refuses URLs where either was not done.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from string import Template

PLAYER_ID = "5a9d70c1"
SCRIPT_PATH = f"/s/player/{PLAYER_ID}/player_ias.vflset/en_US/base.js"
SIGNATURE_TIMESTAMP = 20_650

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
DROPPED = 3
SWAPPED = 31

SCRIPT = Template("""\
(function(g){
'use strict';
var config={signatureTimestamp:$sts,clientName:"sandbox"};
var alphabet="$alphabet";
var Link=function(address){this.address=address;this.fields={}};
Link.prototype.set=function(key,value){this.fields[key]=value};
Link.prototype.get=function(key){var value=this.fields[key];return value===undefined?null:value};
Link.prototype.clone=function(){var copy=new Link(this.address);Object.assign(copy.fields,this.fields);return copy};
Link.prototype.settle=function(){var n=this.get("n");if(n)this.set("n",turn(n))};
var turn=function(n){
  return n.split("").map(function(letter,place){
    return alphabet[(alphabet.indexOf(letter)+7*place+13)%alphabet.length];
  }).reverse().join("");
};
var unscramble=function(text){
  var letters=text.split(""),at=$swapped%letters.length,first=letters[0];
  letters[0]=letters[at];letters[at]=first;
  letters.reverse();
  letters.splice(0,$dropped);
  return letters.join("");
};
var media=function(address,key,signature){
  var link=new Link(address);
  link.set("alr","yes");
  if(signature)link.set(key,encodeURIComponent(unscramble(decodeURIComponent(signature))));
  return link;
};
g.media=media;g.config=config;
}).call(this,{});
""").substitute(sts=SIGNATURE_TIMESTAMP, alphabet=ALPHABET, dropped=DROPPED, swapped=SWAPPED)


class Signer:
    """Signs media URLs with a key of its own and knows the right answers to the script's two riddles."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def signature(self, fields: Mapping[str, str]) -> str:
        text = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest() * 2

    def challenge(self, grant: str) -> str:
        """The `n` that a URL of this grant carries before it is turned."""
        digest = hmac.new(self._secret, grant.encode(), hashlib.sha256).digest()
        return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:17])


def turn(n: str) -> str:
    """What the script makes of `n`."""
    letters = [ALPHABET[(ALPHABET.index(letter) + 7 * place + 13) % len(ALPHABET)] for place, letter in enumerate(n)]
    return "".join(reversed(letters))


def scramble(signature: str) -> str:
    """The text that the script turns back into `signature`."""
    letters = list("AOq" + signature)
    letters.reverse()
    at = SWAPPED % len(letters)
    letters[0], letters[at] = letters[at], letters[0]
    return "".join(letters)
