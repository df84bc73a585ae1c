import type { Row } from "./suggestion.ts"

/** What vaccines protect from, with a code of CVX (CDC, public domain). */
const vaccines: readonly Row[] = [
  ["Tetanus and diphtheria", "Τέτανος και διφθερίτιδα", "139", "Td(adult) unspecified formulation", "Td;τέτανος"],
  ["Tetanus", "Τέτανος", "112", "tetanus toxoid, unspecified formulation", ""],
  ["Tetanus, diphtheria and pertussis", "Τέτανος, διφθερίτιδα και κοκκύτης", "115", "Tdap", "Tdap;κοκκύτης"],
  [
    "Diphtheria, tetanus and pertussis for children",
    "Διφθερίτιδα, τέτανος και κοκκύτης για παιδιά",
    "107",
    "DTaP, unspecified formulation",
    "DTaP",
  ],
  ["Poliomyelitis", "Πολιομυελίτιδα", "89", "polio, unspecified formulation", "polio"],
  ["Measles, mumps and rubella", "Ιλαρά, παρωτίτιδα και ερυθρά", "03", "MMR", "MMR"],
  ["Varicella", "Ανεμευλογιά", "21", "varicella", "chickenpox"],
  ["Herpes zoster", "Έρπης ζωστήρας", "188", "zoster, unspecified formulation", "shingles"],
  ["Influenza", "Γρίπη", "88", "influenza, unspecified formulation", "flu"],
  ["COVID-19", "COVID-19", "213", "SARS-COV-2 (COVID-19) vaccine, UNSPECIFIED", "κορονοϊός;coronavirus"],
  ["Pneumococcus", "Πνευμονιόκοκκος", "109", "pneumococcal, unspecified formulation", ""],
  ["Meningococcus", "Μηνιγγιτιδόκοκκος", "108", "meningococcal ACWY, unspecified formulation", ""],
  ["Meningococcus B", "Μηνιγγιτιδόκοκκος B", "164", "meningococcal B, unspecified", ""],
  ["Haemophilus influenzae type b", "Αιμόφιλος ινφλουέντζας τύπου b", "17", "Hib, unspecified formulation", "Hib"],
  ["Hepatitis A", "Ηπατίτιδα Α", "85", "Hep A, unspecified formulation", ""],
  ["Hepatitis B", "Ηπατίτιδα Β", "45", "Hep B, unspecified formulation", ""],
  ["Hepatitis A and B", "Ηπατίτιδα Α και Β", "104", "Hep A-Hep B", "Twinrix"],
  ["Human papillomavirus", "Ιός ανθρωπίνων θηλωμάτων", "137", "HPV, unspecified formulation", "HPV"],
  ["Rotavirus", "Ροταϊός", "122", "rotavirus, unspecified formulation", ""],
  ["Tuberculosis (BCG)", "Φυματίωση (BCG)", "19", "BCG", ""],
  ["Tick-borne encephalitis", "Κροτωνογενής εγκεφαλίτιδα", "77", "Tick-borne encephalitis, unspecified", "TBE"],
  ["Japanese encephalitis", "Ιαπωνική εγκεφαλίτιδα", "129", "Japanese Encephalitis, unspecified formulation", ""],
  ["Yellow fever", "Κίτρινος πυρετός", "184", "Yellow fever, unspecified formulation", ""],
  ["Typhoid", "Τυφοειδής πυρετός", "91", "typhoid, unspecified formulation", ""],
  ["Cholera", "Χολέρα", "26", "cholera, unspecified formulation", ""],
  ["Rabies", "Λύσσα", "90", "rabies, unspecified formulation", ""],
  [
    "Smallpox and mpox",
    "Ευλογιά και mpox",
    "206",
    "Vaccinia, smallpox monkeypox vaccine live, PF, SQ or ID injection",
    "monkeypox",
  ],
  [
    "Respiratory syncytial virus",
    "Αναπνευστικός συγκυτιακός ιός",
    "304",
    "Respiratory syncytial virus (RSV), unspecified",
    "RSV",
  ],
]

export default vaccines
