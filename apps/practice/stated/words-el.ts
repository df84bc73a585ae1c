import form from "../../shared/stated/words-el.ts"
import type { FormWords } from "../../shared/stated/words-en.ts"

const el: FormWords = {
  ...form,
  asTyped: "με αυτά τα λόγια",
  notSure: "Άγνωστο",
  presence: { present: "Υπάρχει", past: "Παλαιό, πέρασε", refuted: "Υπήρχε υποψία, αποκλείστηκε", unknown: "Άγνωστο" },
  allergy: {
    ...form.allergy,
    none: "Καμία γνωστή αλλεργία, κατά τον ασθενή ή τις εξετάσεις",
    addHint: "Φάρμακο, τρόφιμο, λάτεξ, τσίμπημα μέλισσας.",
    criticality: "Επικινδυνότητα",
    reaction: "Αντίδραση",
    status: "Βεβαιότητα",
  },
  medicine: {
    ...form.medicine,
    lead: "Δόσεις όπως συνταγογραφήθηκαν ή λαμβάνονται. Τα αντιπηκτικά και η ινσουλίνη έχουν τη μεγαλύτερη σημασία.",
    none: "Ο ασθενής δεν παίρνει φάρμακα",
    addHint: "Εμπορική ονομασία ή δραστική ουσία.",
    amount: "Δόση",
    amountHint: "5 mg, 1 δισκίο, μισό δισκίο.",
    status: "Λαμβάνεται;",
    statuses: {
      taking: "Λαμβάνεται",
      paused: "Σε προσωρινή διακοπή",
      stopped: "Σταμάτησε",
      "not-taken": "Δεν λαμβάνεται, αν και συνταγογραφήθηκε",
      unknown: "Άγνωστο",
    },
    reason: "Ένδειξη",
  },
  illness: { ...form.illness, none: "Καμία γνωστή πάθηση" },
  device: { ...form.device, none: "Κανένα εμφύτευμα", statuses: { ...form.device.statuses, unknown: "Άγνωστο" } },
  body: { ...form.body, bloodGroupHint: "Η διασταύρωση πριν από μετάγγιση γίνεται ούτως ή άλλως." },
  directive: {
    ...form.directive,
    title: "Προγενέστερες οδηγίες",
    lead: "Τι θέλει ο ασθενής να γίνει ή να μη γίνει. Γράψτε πού βρίσκεται το υπογεγραμμένο έγγραφο.",
    kinds: {
      ...form.directive.kinds,
      "living-will": "Γραπτή διαθήκη ζωής",
      "power-of-attorney": "Πληρεξούσιος για θέματα υγείας",
    },
    statuses: { "in-force": "Ισχύει", revoked: "Ανακλήθηκε" },
  },
  vaccination: { ...form.vaccination, none: "Κανένα εμβόλιο" },
  contact: {
    ...form.contact,
    addHint: "Συγγενής, φροντιστής, άλλος γιατρός.",
    relationHint: "Για παράδειγμα: κόρη, οικογενειακός γιατρός.",
  },
}

export default el
