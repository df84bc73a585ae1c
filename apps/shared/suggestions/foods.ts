import type { Row } from "./suggestion.ts"

/** Foods that people are allergic to, or do not tolerate. With UNII, where one means exactly this. */
const foods: readonly Row[] = [
  ["Peanut", "Φιστίκι αράπικο", "QE1QX6B99R", "PEANUT", "αραχίδα"],
  ["Hazelnut", "Φουντούκι", "IW0OM96F6O", "HAZELNUT, UNSPECIFIED", ""],
  ["Walnut", "Καρύδι", "", "", ""],
  ["Almond", "Αμύγδαλο", "3Z252A2K9G", "ALMOND", ""],
  ["Cashew", "Κάσιους", "3H5U5CX7KO", "CASHEW", ""],
  ["Pistachio", "Φιστίκι Αιγίνης", "6815CPT6ZJ", "PISTACHIO", ""],
  ["Cow's milk", "Γάλα αγελάδας", "917J3173FT", "COW MILK", "milk;γάλα;dairy"],
  ["Lactose", "Λακτόζη", "J2B2A4N98G", "LACTOSE, UNSPECIFIED FORM", ""],
  ["Egg", "Αυγό", "291P45F896", "EGG", ""],
  ["Fish", "Ψάρι", "", "", ""],
  ["Shellfish", "Οστρακοειδή", "", "", "crustaceans;shrimp;γαρίδα"],
  ["Wheat", "Σιτάρι", "4J2I0SN84Y", "WHEAT", ""],
  ["Gluten", "Γλουτένη", "", "", ""],
  ["Soya", "Σόγια", "L7HT8F1ZOD", "SOYBEAN", "soy"],
  ["Sesame", "Σουσάμι", "7Y1255HVXR", "SESAME SEED", "ταχίνι"],
  ["Mustard", "Μουστάρδα", "", "", ""],
  ["Celery", "Σέλινο", "44IDY6DTKX", "CELERY", ""],
  ["Lupin", "Λούπινο", "", "", ""],
  ["Peach", "Ροδάκινο", "3OKE88I3QG", "PEACH", ""],
  ["Strawberry", "Φράουλα", "4J2TY8Y81V", "STRAWBERRY", ""],
  ["Kiwi fruit", "Ακτινίδιο", "71ES77LGJC", "KIWI FRUIT", "kiwi"],
  ["Banana", "Μπανάνα", "4AJZ4765R9", "BANANA", ""],
  ["Tomato", "Ντομάτα", "Z4KHF2C175", "TOMATO", ""],
  ["Honey", "Μέλι", "Y9H1V576FH", "HONEY", ""],
  ["Sulfites", "Θειώδη", "", "", "wine;κρασί"],
  ["Alpha-gal (red meat)", "Άλφα-γαλακτόζη (κόκκινο κρέας)", "", "", "red meat;κόκκινο κρέας"],
  ["Gelatin", "Ζελατίνη", "2G86QN327L", "GELATIN, UNSPECIFIED", ""],
]

export default foods
