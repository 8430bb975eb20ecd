export const KIND_NAMES: Record<string, string> = {
  EMAIL: 'E-mail addresses', PHONE: 'Phone numbers', ADDRESS: 'Postal addresses', BIRTH_DATE: 'Dates of birth', CARD: 'Payment cards',
  IBAN: 'Bank accounts', WALLET: 'Crypto wallets', SSN: 'Social security numbers', NATIONAL_ID: 'National identity and tax numbers',
  PASSPORT: 'Passports', IP: 'Internet addresses', MAC: 'Network card addresses', PERSON: 'Names of people', PLACE: 'Places', ORGANISATION: 'Organisations', SECRET: 'Keys and passwords', TOKEN: 'Access tokens', PRIVATE_KEY: 'Private keys',
}
