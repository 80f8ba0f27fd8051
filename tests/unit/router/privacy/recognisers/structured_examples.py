"""Identifiers as people write them: sentence, value, and the types of which one must be found."""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    text: str
    value: str
    entity_types: frozenset[str]


def _example(text: str, entity_types: str) -> Example:
    """The value stands between « and » in `text`."""
    start, end = text.index("«"), text.index("»")
    plain = text.replace("«", "").replace("»", "")
    return Example(plain, text[start + 1 : end], frozenset(entity_types.split()))


def _table(rows: str) -> tuple[Example, ...]:
    lines = (line.split(" :: ") for line in rows.strip().splitlines() if line.strip())
    return tuple(_example(text.strip(), types) for types, text in lines)


FIELDS = _table("""
MEDICAL_RECORD_NUMBER :: numero_de_dossier_medical='«JL-882697»', produit='x'
MEDICAL_RECORD_NUMBER :: id,numero_de_historia_clinica,numero_de_pedido,status; 27,«61700241»,x,ok
MEDICAL_RECORD_NUMBER :: Patiëntnummer is voortaan «LN-936412»
MEDICAL_RECORD_NUMBER :: Numero di cartella clinica ora è «MD-835424»
HEALTH_INSURANCE_NUMBER :: "numero_d_assure": "«R314463571»"
HEALTH_INSURANCE_NUMBER :: NUMERO_DE_ASEGURADO=«409-643750-25»
HEALTH_INSURANCE_NUMBER :: Número de beneficiário passa a ser «T298392258»
HEALTH_INSURANCE_NUMBER :: Polisnummer zorgverzekering («KKU858238692») twee keer
DRIVER_LICENSE :: driver_s_license = "«RJ1594713L»"
DRIVER_LICENSE IT_DRIVER_LICENSE :: Numero di patente: «G2087086»
DRIVER_LICENSE :: rijbewijsnummer «J998-0748-8658»
BANK_ACCOUNT :: NUMERO_DE_CONTA=«7805231855»
PASSPORT :: Numero di passaporto («C8KLYY8VG») due volte
""")

AMERICAS = _table("""
US_SSN :: SSN «521-44-9382»
US_SSN :: my social is «521449382»
US_SSN :: ssn=«521449382»&x=1
US_SSN :: employee 521: «521 44 9382» on file
US_SSN :: SSN: «123-45-6789»
US_SSN :: Her social security number's «900-12-3456», she says
US_SSN :: {"ssn": "«521449382»"}
US_SSN :: <socialSecurityNumber>«521449382»</socialSecurityNumber>
US_ITIN :: ITIN «912-70-1234»
TAX_ID :: Tax ID «94-2841935» under the company
TAX_ID :: EIN: «12-3456789»
US_BANK_ROUTING :: routing number «021000021»
US_BANK_NUMBER BANK_ACCOUNT :: bank account number «3847283911» belonging to
US_PASSPORT PASSPORT :: US passport «C03005988»
DRIVER_LICENSE US_DRIVER_LICENSE :: driver's license number is «F16282354»
DRIVER_LICENSE US_DRIVER_LICENSE :: drivers license: «D123-4567-8901»
CA_SIN :: SIN «046-454-286»
CA_SIN :: my SIN is «046454286»
CA_SIN :: numéro d'assurance sociale «046 454 286»
BR_CPF :: o cliente «390.533.447-05» pediu
BR_CPF :: CPF: «39053344705»
BR_CNPJ :: CNPJ «16.727.230/0001-97»
MX_CURP :: «BOXW310820HNERXN09»
MX_RFC :: RFC «GODE561231GR8»
AR_CUIT :: CUIT «20-05536168-2»
AR_NATIONAL_ID :: DNI «20.123.456»
CL_NATIONAL_ID :: RUT «12.531.909-2»
CL_NATIONAL_ID :: rut «12531909-2»
CO_NATIONAL_ID :: cédula de ciudadanía «1.020.345.678»
DO_NATIONAL_ID :: «001-1391820-5»
""")

WEST = _table("""
UK_NINO :: NI number «AB123456C»
UK_NINO :: «AB 12 34 56 C»
UK_NHS :: NHS number «943 476 5919»
UK_NHS :: nhs no: «9434765919»
UK_TAX_ID :: UTR «12345 67890»
IE_PPS :: PPS number «6433435F»
DE_TAX_ID :: Steuer-ID: «36574261809»
DE_TAX_ID :: meine Steueridentifikationsnummer lautet «36 574 261 809»
DE_SOCIAL_SECURITY :: Sozialversicherungsnummer: «12 190367 K 006»
DE_SOCIAL_SECURITY :: «65180539W001»
DE_NATIONAL_ID :: Personalausweisnummer «L01X00T47»
PASSPORT :: Reisepass Nr. «C01X0006H»
DRIVER_LICENSE :: Führerscheinnummer «B072RRE2I55»
AT_SOCIAL_SECURITY :: SVNR «1237 010180»
CH_AHV :: patient's AHV «756.1234.5678.97»
CH_AHV :: «756.9217.0769.85»
CH_AHV :: «7569217076985»
FR_NIR :: numéro de sécurité sociale «2 95 10 99 126 111 93»
FR_NIR :: «295109912611193»
FR_TAX_ID TAX_ID :: numéro fiscal «12 34 567 890 123»
PASSPORT :: numéro de passeport «12AB34567»
ES_NIF :: DNI «54362315K»
ES_NIF :: mi dni es «54362315-K»
ES_NIE :: NIE «X-2482300-W»
ES_SOCIAL_SECURITY :: número de la Seguridad Social «28/12345678/40»
IT_FISCAL_CODE :: codice fiscale «RCCMNL83S18D969H»
IT_FISCAL_CODE :: «RCCMNL83S18D969H»
IT_VAT_CODE TAX_ID VAT_NUMBER :: Partita IVA «00743110157»
IT_IDENTITY_CARD :: carta d'identità «CA12345AA»
PT_NIF TAX_ID :: NIF «501 964 843»
PT_NATIONAL_ID NATIONAL_ID :: cartão de cidadão «00000000 0 ZZ4»
NL_BSN :: BSN «111222333»
NL_BSN :: burgerservicenummer: «1112.22.333»
BE_NATIONAL_ID :: rijksregisternummer «85.07.30-033.28»
BE_NATIONAL_ID :: numéro national «85073003328»
GR_NATIONAL_ID :: αμκα «01013099997»
TR_NATIONAL_ID :: TC kimlik no «17291716060»
IL_NATIONAL_ID :: תעודת זהות «39337423»
""")

NORTH_AND_EAST = _table("""
SE_PERSONNUMMER :: «880320-0016»
SE_PERSONNUMMER :: personnummer «198803200016»
NO_FODSELSNUMMER :: fødselsnummer «151086 95088»
NO_FODSELSNUMMER :: «15108695088»
DK_CPR :: «211062-5629»
DK_CPR :: CPR-nummer «2110625629»
FI_HETU :: «131052-308T»
IS_NATIONAL_ID :: «120174-3399»
EE_NATIONAL_ID :: isikukood «36805280109»
LT_NATIONAL_ID :: asmens kodas «33309240064»
LV_NATIONAL_ID :: personas kods «161175-19997»
PL_PESEL :: PESEL «44051401359»
PL_PESEL :: mój pesel to «44051401359»
PL_NIP TAX_ID :: NIP «856-734-62-15»
PL_NATIONAL_ID NATIONAL_ID :: dowód osobisty «ABC123456»
CZ_BIRTH_NUMBER :: «710319/2745»
CZ_BIRTH_NUMBER :: rodné číslo «7103192745»
RO_CNP :: CNP «1630615123457»
HU_NATIONAL_ID :: TAJ szám «123 456 788»
BG_EGN :: ЕГН «7523169263»
HR_OIB :: OIB: «33392005961»
JMBG :: JMBG «0101006500006»
RU_SNILS :: «112-233-445 95»
RU_INN TAX_ID :: ИНН «7707083893»
PASSPORT :: паспорт «45 08 123456»
UA_NATIONAL_ID :: РНОКПП «1759013776»
""")

ASIA_PACIFIC = _table("""
IN_AADHAAR :: «2341 2341 2346»
IN_AADHAAR :: aadhaar number '«987654321012»'
IN_PAN :: PAN «ACUPA7085R»
SG_NRIC_FIN :: «S1234567D»
SG_NRIC_FIN :: NRIC «s1234567d»
MY_NATIONAL_ID :: «770305-02-1234»
CN_RESIDENT_ID :: «360426199101010071»
CN_RESIDENT_ID :: 身份证号码:«360426199101010071»
TW_NATIONAL_ID :: «A123456789»
HK_NATIONAL_ID :: «A123456(3)»
KR_RRN :: 주민등록번호는 «971013-9019902»입니다
JP_MY_NUMBER :: マイナンバーは«6214 9832 0257»です
TH_NATIONAL_ID :: «1-2345-45678-78-1»
ID_NATIONAL_ID :: NIK «3171011708450001»
VN_NATIONAL_ID :: CCCD «001099012345»
PK_NATIONAL_ID :: «34201-0891231-8»
AU_TFN :: TFN «123 456 782»
AU_MEDICARE :: Medicare «2123 45670 1»
NZ_IRD :: IRD number «49-091-850»
ZA_NATIONAL_ID :: SA ID number «7503305044089»
AE_NATIONAL_ID :: «784-1990-1234567-1»
EG_NATIONAL_ID NATIONAL_ID :: الرقم القومي «29001011234567»
NATIONAL_ID :: BVN «22123456789»
""")

MONEY = _table("""
CREDIT_CARD :: Card number «4539 1488 0343 6467» exp 04/27
CREDIT_CARD :: «4111-1111-1111-1111»
CREDIT_CARD :: amex «3782 822463 10005»
CREDIT_CARD :: «378282246310005»
CREDIT_CARD :: paid with «5105105105105100»
CREDIT_CARD :: credit card «4111 1111 1111 1112»
CREDIT_CARD :: mit meiner Kreditkarte «4539148803436467» bezahlt
CREDIT_CARD :: numéro de carte: «4970 1000 0000 0154»
CREDIT_CARD :: mi tarjeta «4539148803436467»
CREDIT_CARD :: carta di credito «5555 5555 5555 4444»
CREDIT_CARD :: meu cartão «4539148803436467»
CREDIT_CARD :: creditcardnummer «4539148803436467»
CREDIT_CARD :: "cardNumber":"«4539148803436467»"
CREDIT_CARD_CODE :: CVV: «123»
IBAN_CODE :: account with IBAN «GB29 NWBK 6016 1331 9268 19» was flagged
IBAN_CODE :: «DE89370400440532013000»
IBAN_CODE :: IBAN «DE00 3704 0044 0532 0130 00»
IBAN_CODE :: iban «gb29nwbk60161331926819»
IBAN_CODE :: «FR76-3000-6000-0112-3456-7890-189»
UK_BANK_ACCOUNT :: sort code «12-34-56»
UK_BANK_ACCOUNT :: pay «20-00-00 55779911» please
BANK_ACCOUNT :: Kontonummer «0532013000»
BANK_ACCOUNT :: número de cuenta «2100 0418 45 0200051332»
BANK_ACCOUNT :: CLABE «032180000118359719»
IBAN_CODE BANK_ACCOUNT :: bank account number «NL55TRIO012345678» for payroll
BIC :: BIC «DEUTDEFF500»
CRYPTO :: «1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa»
CRYPTO :: «bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4»
CRYPTO :: «0x52908400098527886E0F7030069857D2E4169EE7»
VEHICLE_ID :: VIN «1M8GDM9AXKP042788»
LICENSE_PLATE :: Kennzeichen «B-MW 1234»
VAT_NUMBER :: «DE136695976»
""")

CONTACT = _table("""
EMAIL_ADDRESS :: mail «jane.doe+x@mail.example.com», thanks
EMAIL_ADDRESS :: écrivez à «jean@exämple.fr».
EMAIL_ADDRESS :: «用户@例子.公司»
PHONE_NUMBER :: «+1-408-555-1234»
PHONE_NUMBER :: «(978)645-9740x11144» mobile
PHONE_NUMBER :: «905-674-3793»
PHONE_NUMBER :: «+49 (0)30 901820»
PHONE_NUMBER :: «0049 30 901820»
PHONE_NUMBER :: Telefon: «030/901820»
PHONE_NUMBER :: Handy «0151 23456789»
PHONE_NUMBER :: «01 23 45 67 89»
PHONE_NUMBER :: «07700 900123»
PHONE_NUMBER :: «020 7946 0958»
PHONE_NUMBER :: llámame al «612 345 678»
PHONE_NUMBER :: cellulare «347 1234567»
PHONE_NUMBER :: telemóvel «912345678»
PHONE_NUMBER :: «(11) 98765-4321»
PHONE_NUMBER :: telefoonnummer «06-12345678»
PHONE_NUMBER :: numer telefonu «601234567»
PHONE_NUMBER :: 手机号«13812345678»
PHONE_NUMBER :: phone=«4085551234»
PHONE_NUMBER :: "phoneNumber": "«408-555-1234»"
IP_ADDRESS :: client «86.121.97.248» blocked
IP_ADDRESS :: «2a02:26f0:ff:2a0::1b1c»
MAC_ADDRESS :: «00:1B:44:11:3A:B7»
""")

EVERYTHING = FIELDS + AMERICAS + WEST + NORTH_AND_EAST + ASIA_PACIFIC + MONEY + CONTACT
