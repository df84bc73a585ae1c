import type { Row } from "./suggestion.ts"

/** How an allergy shows. */
const reactions: readonly Row[] = [
  ["Anaphylaxis", "Αναφυλαξία", "", "", "allergic shock;αλλεργικό σοκ"],
  ["Swelling of the throat", "Οίδημα λάρυγγα", "", "", "angioedema"],
  ["Swelling of face or lips", "Οίδημα προσώπου ή χειλιών", "", "", "angioedema;αγγειοοίδημα"],
  ["Shortness of breath", "Δύσπνοια", "", "", ""],
  ["Wheezing", "Συριγμός", "", "", "bronchospasm;βρογχόσπασμος"],
  ["Hives", "Κνίδωση", "", "", "urticaria"],
  ["Rash", "Εξάνθημα", "", "", ""],
  ["Itching", "Κνησμός", "", "", "φαγούρα"],
  ["Blistering of the skin", "Φουσκάλες στο δέρμα", "", "", "Stevens-Johnson"],
  ["Vomiting", "Έμετος", "", "", ""],
  ["Nausea", "Ναυτία", "", "", ""],
  ["Diarrhoea", "Διάρροια", "", "", ""],
  ["Stomach pain", "Κοιλιακό άλγος", "", "", ""],
  ["Fainting", "Λιποθυμία", "", "", ""],
  ["Low blood pressure", "Υπόταση", "", "", ""],
  ["Fast heartbeat", "Ταχυκαρδία", "", "", ""],
  ["Runny nose", "Ρινική καταρροή", "", "", ""],
  ["Red, itchy eyes", "Ερυθρότητα και κνησμός ματιών", "", "", "conjunctivitis;επιπεφυκίτιδα"],
  ["Bleeding", "Αιμορραγία", "", "", ""],
  ["Liver damage", "Ηπατική βλάβη", "", "", ""],
]

export default reactions
