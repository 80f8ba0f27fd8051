"""What prompts are made of: common words, most of them one token, and nobody's names."""

from __future__ import annotations

_TEXT = """
about above across after again air along animal answer apple around ask away back ball bank base
bear beauty bed been before began behind best better between big bird black blue boat body book
both bottom bread break bring brother brown build burn busy buy call came car carry catch cause
center chance change check child circle city class clean clear climb close cloud cold color come
common cook cool corn cost count country course cover cross cry cut dark day deep dinner direct
dog door down draw dream dress drink drive dry early earth east eat egg end enough even evening
every eye face fact fall family farm fast feel field fight fill fine fire first fish floor flower
fly follow food foot forest form free fresh friend front fruit full game garden gave girl give
glass gold gone good grass great green ground group grow hair half hand happy hard head hear heart
heat heavy help high hill hold home horse hot hour house idea inside island join jump keep kind
king kitchen lake land large last late laugh lay lead learn leave left less letter life light line
list listen little live long look lost love low main make many map mark market matter mean measure
meet middle milk mind minute money moon more morning most mother mountain move much music name
near need new next night noise north note number ocean offer often old open order other out over
page paint paper part party pass past people piece place plan plant play point poor power press
problem pull push question quick quiet rain reach read ready red remember rest rich ride right
ring river road rock roll room rose round rule run sail salt same sand school sea season second
see seed sell send set shape share sharp ship short show side sign silver simple sing sister size
skin sky sleep slow small snow soft soil song soon sound south space speak spring square stand
star start stay step stone stop store story street strong sugar summer sun sure table talk tall
taste teach tell thick thin thing think time top touch town train travel tree true turn under
until use valley very view visit voice wait walk wall want warm wash watch water wave way weather
week west wheel white whole wide wild wind window winter wish wood word work world write year
yellow young
"""

PLAIN_WORDS = tuple(_TEXT.split())
