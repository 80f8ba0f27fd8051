"""Names of what is specially protected besides health (GDPR, Article 9), by language."""

from __future__ import annotations

RELIGIONS = {
    "en": "(?:practi[sc]ing |devout |observant |orthodox |lapsed |non-practi[sc]ing |born-again |"
    "strict |secular |reform |hasidic |sunni |shi['’]?a |shiite |roman |ex-)?(?:muslim|jew|"
    "jewish|christian|catholic|protestant|hindu|buddhist|sikh|mormon|jehovah['’]?s witness|"
    "baptist|methodist|lutheran|anglican|evangelical|pentecostal|quaker|scientologist|atheist|"
    "agnostic|jain|zoroastrian|bah[aá]['’]?i|wiccan|pagan|satanist|islamic faith|muslim faith|"
    "seventh-day adventist|sunni|shiite|ahmadi), converted to (?:islam|judaism|christianity|"
    "catholicism|buddhism|hinduism), to islam, to judaism, of the (?:jewish|muslim|catholic|"
    "islamic|hindu|christian|sikh) faith, latter-day saint*",
    "de": "(?:gläubige[rn]?|praktizierende[rn]?|strenggläubige[rn]?|orthodoxe[rn]?|"
    "bekennende[rn]?|überzeugte[rn]?)?\\s?(?:muslim(?:a|in)?|moslem|jude|jüdin|jüdisch|"
    "christ(?:in)?|katholik(?:in)?|katholisch|evangelisch|protestant(?:in)?|muslimisch|hindu|"
    "buddhist(?:in)?|sikh|mormone|zeugin? jehovas|atheist(?:in)?|agnostiker(?:in)?|"
    "konfessionslos|alevit(?:in)?|jeside|jesidin|freikirchlich|orthodox), "
    "zum islam konvertiert, zum judentum*, aus der kirche ausgetreten",
    "fr": "(?:catholique|musulmane?|juif|juive|protestante?|chrétienne?|chrétien|bouddhiste|"
    "hindoue?|sikhe?|évangélique|témoin de jéhovah|athée|agnostique|mormone?|orthodoxe|"
    "croyante?|pratiquante?)(?: pratiquante?)?, convertie? (?:à l['’]islam|au judaïsme|"
    "au christianisme|au catholicisme|au bouddhisme), de confession *",
    "es": "(?:católic[oa]|musulm[aá]na?|judí[oa]|protestante|cristian[oa]|budista|hindú|sij|"
    "evangélic[oa]|testigo de jehová|ate[oa]|agnóstic[oa]|mormon[a]?|mormón|"
    "ortodox[oa])(?: practicante)?, convirtió al islam, convertid[oa] al *, creyente",
    "it": "(?:cattolic[oa]|musulman[oa]|ebre[oa]|protestante|cristian[oa]|buddista|induista|sikh|"
    "evangelic[oa]|testimone di geova|ate[oa]|agnostic[oa]|mormone|"
    "ortodoss[oa])(?: praticante)?, convertit[oa] all['’]islam, di fede *",
    "pt": "(?:católic[oa]|muçulman[oa]|jude[ui]|judia|protestante|crist[ãa]o?|budista|hindu|sikh|"
    "evangélic[oa]|testemunha de jeová|ateu|ateia|agnóstic[oa]|mórmon|espírita|umbandista|"
    "candomblecista|ortodox[oa])(?: praticante)?, converteu-se ao *, se converteu ao *",
    "nl": "(?:praktiserend[e]? |gelovig[e]? |streng |orthodox[e]? |overtuigd )?(?:moslim(?:a)?|"
    "jood|joods|joodse|christen|christelijk|katholiek|protestant|gereformeerd|hindoe|boeddhist|"
    "sikh|jehova['’]?s? getuige|getuige van jehova|atheïst|agnost|evangelisch|islamitisch|"
    "alevi), bekeerd tot *, bekeerd tot de islam",
}
ORIENTATIONS = {
    "en": "gay, lesbian, bisexual, homosexual, queer, pansexual, asexual, transgender, trans, "
    "transsexual, nonbinary, non-binary, genderqueer, in the closet, closeted, trans (?:man|"
    "woman), (?:a )?lesbian, bi, straight but questioning, sexual orientation, "
    "attracted to (?:men|women|the same sex|both), out to (?:his|her|their) parents, "
    "same-sex *, into (?:men|women), intersex",
    "de": "schwul*, lesbisch*, lesbe, bisexuell*, homosexuell*, queer*, pansexuell*, asexuell*, "
    "transgender, trans, transsexuell*, nichtbinär, nicht-binär, ein trans*, eine trans*",
    "fr": "gay, homosexuel*, lesbienne, bisexuel*, bi, queer, pansexuel*, asexuel*, transgenre, "
    "trans, transsexuel*, non-binaire",
    "es": "gay, homosexual, lesbiana, bisexual, queer, pansexual, asexual, transgénero, "
    "transexual, trans, no binari[oae]",
    "it": "gay, omosessuale, lesbica, bisessuale, queer, pansessuale, asessuale, transgender, "
    "transessuale, trans, non binari[oa]",
    "pt": "gay, homossexual, lésbica, bissexual, queer, pansexual, assexual, transgênero, "
    "transgénero, transexual, trans, travesti, não[- ]binári[oa]",
    "nl": "homo*, homoseksueel, lesbisch, lesbienne, biseksueel, queer, panseksueel, aseksueel, "
    "transgender, trans, transseksueel, non-binair, bi",
}
PARTIES = (
    "democrat, republican, libertarian, green party, labour, labour party, tory, "
    "conservative party, conservatives, lib dem*, liberal democrat*, snp, plaid cymru, ukip, "
    "reform uk, brexit party, communist*, socialist*, democratic party"
    ", republican party, dsa, democratic socialist*, tea party, sinn féin, fine gael, "
    "fianna fáil, dup, ndp, bloc québécois, trump, biden, harris, obama, clinton, corbyn, "
    "starmer, sunak, le pen, macron, mélenchon, marxist*, anarchist*, feminist*, fascist, "
    "neo-?nazi, far-right, far-left, right-wing, left-wing, monarchist, antifa, maga*"
    ", cdu, csu, spd, fdp, afd, bsw, die linke, linkspartei, linken, die grünen, grüne*, grünen, "
    "npd, piraten*, fpö, övp, spö, neos, svp, rassemblement national, front national, rn, ps, "
    "lfi, france insoumise, les républicains, lr, eelv, pcf, parti socialiste, parti communiste, "
    "renaissance, nupes, reconquête"
    ", psoe, pp, partido popular, vox, podemos, sumar, ciudadanos, erc, junts, bildu, pnv, "
    "izquierda unida, pd, partito democratico, fratelli d['’]italia, forza italia, lega, "
    "movimento cinque stelle, m5s, rifondazione*, casapound"
    ", pt, psdb, psol, pl, mdb, psd, chega, bloco de esquerda, pcp, cds, lula, bolsonaro, "
    "lulista, bolsonarista, vvd, pvda, d66, cda, pvv, groenlinks, sp, bbb, fvd, "
    "forum voor democratie, volt, n-va, vlaams belang, open vld, cd&v, vooruit, groen, "
    "christenunie, sgp, wilders"
    ", socialdemocrat*, sozialdemokrat*, kommunist*, sozialist*, konservativ*, communiste, "
    "socialiste, comunista, socialista, fascista, franquista, liberal, conservative, "
    "conservador[a]?, progressista"
)
UNIONS = (
    "union, trade union, labou?r union, workers['’]? union, teamsters, uaw, seiu, afl-cio, "
    "afscme, ibew, unison, unite the union, unite, gmb, usdaw, nasuwt, neu, nut, rcn, pcs, rmt, "
    "aslef, cwa, usw, ufcw, unite here, nea, aft, shop steward*, union rep*, union steward"
    ", gewerkschaft*, ig metall, ver\\.di, verdi, dgb, ig bau, ig bce, gew, gdl, evg, "
    "betriebsrat*, syndicat*, syndiqué*, syndicaliste, délégué* syndical*, cgt, cfdt, fo, "
    "force ouvrière, sud, unsa, cftc, cfe-cgc, solidaires"
    ", sindicato*, sindical*, ccoo, comisiones obreras, ugt, uso, csif, cnt, sindacato, "
    "sindacal*, cgil, cisl, uil, fiom, cobas, cut, cgtp, força sindical, stf, vakbond*, fnv, "
    "cnv, vcp, abvv, acv, aclvb, unia"
)
ETHNICITIES = {
    "en": "black, white, african[- ]american, hispanic, latin[oax], asian[- ]american, asian, "
    "arab, native american, american indian, roma, romani, gypsy, jewish descent, "
    "mixed[- ]race, biracial, multiracial, caucasian, indigenous, aboriginal, m[aā]ori, "
    "kurdish, of \\w+ (?:descent|origin|heritage|ancestry|ethnicity), from an ethnic minority, "
    "person of colou?r, pacific islander, afro-?caribbean",
    "de": "eine? schwarze?r?, schwarzer hautfarbe, farbig, sinti, roma, sinto, kurde, kurdin, "
    "kurdisch*, arabischer herkunft, "
    "türkischer herkunft, afrikanischer herkunft, jüdischer herkunft, \\w+ (?:herkunft|"
    "abstammung), migrationshintergrund*, person of color",
    "fr": "noire?, arabe, maghrébine?, rom, gitane?, tsigane, kabyle, kurde, métisse?, métis, "
    "berbère, asiatique, d['’]origine *, afro-descendante?",
    "es": "negr[oa], gitan[oa], árabe, indígena, mestiz[oa], mulat[oa], latin[oa], "
    "afrodescendiente, asiátic[oa], moro, magrebí, de etnia *, de origen *, de raza *",
    "it": "ner[oa], arab[oa], rom, sinti, zingar[oa], asiatic[oa], di colore, di etnia *, "
    "di origine *, di origini *, meticci[oa], mulatt[oa]",
    "pt": "negr[oa], pret[oa], pard[oa], indígena, árabe, cigan[oa], mestiç[oa], mulat[oa], "
    "asiátic[oa], afrodescendente, de etnia *, de raça *, de origem *",
    "nl": "zwart, zwarte, kleurling, roma, sinti, koerdisch, koerd, arabisch, "
    "van \\w+ (?:afkomst|komaf|origine), marokkaans, turks, surinaams, antilliaans, "
    "met een migratieachtergrond, allochtoon",
}
CRIMES = {
    "en": "convicted (?:of|for|felon|in|twice), arrested (?:for|in|on|twice), charged with, "
    "a (?:convicted|registered) *, a sex offender, a felon, on parole, on probation, in prison, "
    "in jail, incarcerated, a criminal record, criminal record, criminal convictions?, "
    "prior convictions?, served (?:\\w+ ){1,3}(?:in prison|in jail|for), sentenced to, a dui, "
    "dui*, found guilty, pleaded guilty, indicted*, an ex-con*, felony*, rap sheet",
    "de": "vorbestraft, verurteilt*, verhaftet, inhaftiert, angeklagt, im gefängnis, in haft, "
    "in untersuchungshaft, auf bewährung, vorstrafe*, straffällig, festgenommen, "
    "im strafregister, eintrag im führungszeugnis",
    "fr": "condamnée?*, arrêtée? pour, en prison, incarcérée?, inculpée?, mise? en examen, "
    "en liberté conditionnelle, un casier judiciaire*, casier judiciaire, en garde à vue, "
    "sous bracelet électronique",
    "es": "condenad[oa]*, detenid[oa] por, en (?:la )?prisión, en la cárcel, encarcelad[oa], "
    "imputad[oa]*, procesad[oa] por, en libertad condicional, antecedentes penales, "
    "arrestad[oa]*",
    "it": "condannat[oa]*, arrestat[oa]*, in carcere, in prigione, incarcerat[oa], imputat[oa]*, "
    "indagat[oa]*, agli arresti domiciliari, in libertà vigilata, precedenti penali, "
    "pregiudicat[oa]",
    "pt": "condenad[oa]*, pres[oa] por, na prisão, na cadeia, em prisão*, encarcerad[oa], "
    "arguid[oa] por, acusad[oa] de, em liberdade condicional, antecedentes criminais, "
    "cadastro criminal, detid[oa] por",
    "nl": "veroordeeld*, gearresteerd*, in de gevangenis, gedetineerd, aangeklaagd*, "
    "voorwaardelijk vrij, een strafblad, strafblad, aangehouden voor, in voorarrest",
}
